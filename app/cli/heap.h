// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ckptscope::cli {

/// Has the heap grow in large steps of pages that the kernel may hand out 2 MiB at a time: a hundred thousand tensors touch some 30 MiB, and
/// seven thousand page faults cost more than reading their header. For a program that ends soon; call it before any thread starts.
void preferLargePages() noexcept;

} // namespace ckptscope::cli
