#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: tests/manual.sh CKPTSCOPE_GUI PAGE
# Every option that the window's --help lists stands in its manual page, and no other.
set -euo pipefail
program="$1"
page="$2"
options() { grep -oE '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | sort -u; }
help="$(QT_QPA_PLATFORM=offscreen "$program" --help | options | grep -vx -e --help-all)"
manual="$(sed 's/\\//g' "$page" | sed -n 's/^\.B //p' | options)"
diff <(echo "$help") <(echo "$manual") && echo "1 passed, 0 failed"
