#pragma once
// Re-creations of kinds of tables, and the expected results.

#include <string>
#include <vector>

namespace altmind::test {

struct TableKind {
  std::string name;
  std::string text;     ///< the file
  std::string columns;  ///< name:kind of the features; n: numbers, m: numbers some of which are missing, c: categories
  std::string label;    ///< as in the configuration
  std::size_t classes = 0;  ///< of the label; 0: regression
  std::size_t samples = 0;
  std::vector<double> first = {};  ///< numbers of the first row
  std::string label_option = {};   ///< given by the user
  std::size_t refused = 0;
  std::string sentence = {};  ///< if the user must decide: part of the message
};

std::vector<TableKind> pandas_and_r_tables();
std::vector<TableKind> spreadsheet_tables();
std::vector<TableKind> dump_tables();
std::vector<TableKind> collection_tables();
std::vector<TableKind> unclear_tables();

}  // namespace altmind::test
