// Columns: the one printer of tables of text.
//
// Read next: listing.cpp, summary_text.cpp, ledger_table.cpp, which print by it.
#pragma once

#include <string>
#include <vector>

namespace reel::detail {

/// A line a row, two blanks between columns, each as wide as its longest cell; the last `right`
/// columns are flush right. Rows have equally many cells. Lines do not end with blanks. Control
/// characters, a name's too, are shown as escapes; a cell that others stand behind is cut at 160
/// bytes, since each line is filled up to it.
std::string in_columns(const std::vector<std::vector<std::string>>& rows, std::size_t right = 0);

}  // namespace reel::detail
