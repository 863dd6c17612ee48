// SPDX-License-Identifier: Apache-2.0
#include <QApplication>

int main(int argc, char** argv)
{
    const QApplication app(argc, argv);
    return 0;
}
