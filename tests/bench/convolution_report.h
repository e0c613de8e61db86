// How convolution_bench shows rows: a table, JSON lines, and what they come to together.
// Read before: convolution_row.h.
#pragma once

#include <string>
#include <vector>

#include "convolution_row.h"

void print_header();
void print_text(const Row& row);
void print_json(const Row& row);
/// A row as print_json wrote it. RuntimeError for another line.
Row row_from_json(const std::string& line);

/// For rows that differ in shape alone (drawn ones may differ in layout, too): the geometric mean
/// against the fastest peer and against each, the worst ratio, the share of rows below 0.95. Then
/// the same for drawn rows of each part and for those that suit minimal filtering, and the ten
/// worst.
void print_summary(const std::vector<Row>& rows);
