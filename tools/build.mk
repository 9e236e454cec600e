# SPDX-License-Identifier: BSD-2-Clause
# Tools that are compiled.
