#include "tests/config/table_kinds.hpp"
#include "tests/config/table_cells.hpp"

namespace altmind::test {

std::vector<TableKind> pandas_and_r_tables() {
  const auto plain = [](std::size_t i) { return x(i) + "," + z(i) + "," + land(i) + "," + up(i); };
  return {
      {"pandas, no index", table("x,z,land,class", plain), "x:n z:n land:c", "class", 2, rows, first_row},
      {"pandas, index", table(",x,z,land,class", [&](auto i) { return n(i) + "," + plain(i); }), "x:n z:n land:c",
       "class", 2, rows, first_row},
      {"pandas, index and a number to learn",
       table(",x,z,target", [](auto i) { return n(i) + "," + x(i) + "," + z(i) + "," + target(i); }), "x:n z:n",
       "target", 0, rows, first_row},
      {"pandas, an index read again",
       table("Unnamed: 0,x,z,class", [](auto i) { return n(i) + "," + x(i) + "," + z(i) + "," + up(i); }), "x:n z:n",
       "class", 2, rows, first_row},
      {"pandas, an index that was shuffled",
       table(",x,z,class", [&](auto i) { return n(i * 37 % rows) + "," + x(i) + "," + z(i) + "," + up(i); }), "x:n z:n",
       "class", 2, rows, first_row},
      {"pandas, an index with gaps",
       table(",x,z,class", [&](auto i) { return n(i * 3 + i % 2) + "," + x(i) + "," + z(i) + "," + up(i); }), "x:n z:n",
       "class", 2, rows, first_row},
      {"pandas, columns without names", table("0,1,2", [](auto i) { return x(i) + "," + z(i) + "," + up(i); }),
       "0:n 1:n", "2", 2, rows, first_row},
      {"pandas, years as columns",
       table("2023,2024,target", [](auto i) { return x(i) + "," + z(i) + "," + target(i); }), "2023:n 2024:n", "target",
       0, rows, first_row},
      {"pandas, None",
       table("x,z,class", [](auto i) { return x(i) + "," + now_and_then(i, "None", z(i)) + "," + up(i); }), "x:n z:m",
       "class", 2, rows, first_row},
      {"pandas, NaN is empty",
       table("x,z,class", [](auto i) { return x(i) + "," + now_and_then(i, "", z(i)) + "," + up(i); }), "x:n z:m",
       "class", 2, rows, first_row},
      {"pandas, inf and nan",
       table(
           "x,z,class",
           [](auto i) { return now_and_then(i + 3, "inf", x(i)) + "," + now_and_then(i, "nan", z(i)) + "," + up(i); }),
       "x:m z:m", "class", 2, rows, first_row},
      {"pandas, everything in quotes",
       table("\"x\",\"z\",\"class\"", [](auto i) { return quoted(x(i)) + "," + quoted(z(i)) + "," + quoted(up(i)); }),
       "x:n z:n", "class", 2, rows, first_row},
      {"pandas, an index of days",
       table("date,x,z,class",
             [](auto i) {
               char day[32];
               std::snprintf(day, sizeof day, "2024-%02zu-%02zu", i / 28 + 1, i % 28 + 1);
               return std::string(day) + "," + x(i) + "," + z(i) + "," + up(i);
             }),
       "x:n z:n", "class", 2, rows, first_row},
      {"pandas, booleans",
       table("x,z,ok", [](auto i) { return x(i) + "," + z(i) + (up(i) == "up" ? ",True" : ",False"); }), "x:n z:n",
       "ok", 2, rows, first_row},
      {"R, write.csv",
       table(
           "\"\",\"x\",\"z\",\"target\"",
           [](auto i) { return quoted(n(i + 1)) + "," + x(i) + "," + now_and_then(i, "NA", z(i)) + "," + target(i); }),
       "x:n z:m", "target", 0, rows, first_row},
      {"R, write.table: the header is one name short",
       table("\"x\" \"z\" \"class\"",
             [](auto i) { return quoted(n(i + 1)) + " " + x(i) + " " + z(i) + " " + quoted(up(i)); }),
       "x:n z:n", "3", 2, rows, first_row},
      {"R, write.csv2",
       table("\"\";\"x\";\"z\";\"class\"",
             [](auto i) { return quoted(n(i + 1)) + ";" + x(i, ',') + ";" + z(i, ',') + ";" + quoted(up(i)); }),
       "x:n z:n", "class", 2, rows, first_row},
      {"numpy, savetxt with a header",
       table("# x z y",
             [](auto i) {
               char line[128];
               std::snprintf(line, sizeof line, "%.18e %.18e %.18e", x_of(i), z_of(i), up(i) == "up" ? 1.0 : 0.0);
               return std::string(line);
             }),
       "x:n z:n", "2", 2, rows, first_row},
  };
}

std::vector<TableKind> spreadsheet_tables() {
  const std::string mark = "\xEF\xBB\xBF";
  const std::string narrow = "\xE2\x80\xAF";
  const double amount = 1000.0;
  const auto x3 = [](std::size_t i) { return decimals(x_of(i), ',', 3); };
  const auto z3 = [](std::size_t i) { return decimals(z_of(i), ',', 3); };
  const auto y3 = [](std::size_t i) { return decimals(x_of(i) - z_of(i), ',', 3); };
  return {
      {"Excel, USA: groups, dollars, CRLF, a byte order mark",
       mark + table(
                  "Amount,Share,Class",
                  [](auto i) { return "\"$" + grouped(i, ",") + ".00\"," + n(i % 90) + "%," + up(i); }, "\r\n"),
       "Amount:n Share:n",
       "Class",
       2,
       rows,
       {amount, 0.0}},
      {"Excel, Germany: semicolons, decimal commas, points between groups",
       mark + table(
                  "Betrag;x;Klasse", [](auto i) { return grouped(i, ".") + ",50;" + x(i, ',') + ";" + up(i); }, "\r\n"),
       "Betrag:n x:n",
       "Klasse",
       2,
       rows,
       {amount + 0.5, x_of(0)}},
      {"Excel, France: blanks between groups, percent",
       table(
           "montant;taux;classe",
           [&](auto i) { return grouped(i, narrow) + ",00 \xE2\x82\xAC;" + n(i % 50) + ",5 %;" + up(i); }, "\r\n"),
       "montant:n taux:n",
       "classe",
       2,
       rows,
       {amount, 0.5}},
      {"Excel, Switzerland: apostrophes",
       table(
           "Betrag;x;Klasse", [](auto i) { return grouped(i, "'") + ".25;" + x(i) + ";" + up(i); }, "\r\n"),
       "Betrag:n x:n",
       "Klasse",
       2,
       rows,
       {amount + 0.25, x_of(0)}},
      {"Excel, a line that names the separator",
       "sep=;\r\n" + table(
                         "x;z;class", [](auto i) { return x(i) + ";" + z(i) + ";" + up(i); }, "\r\n"),
       "x:n z:n", "class", 2, rows, first_row},
      {"Excel, semicolons without decimals",
       table("x;z;class", [](auto i) { return n(i * 7 % 50) + ";" + n(i * 11 % 60) + ";" + up(i); }),
       "x:n z:n",
       "class",
       2,
       rows,
       {0.0, 0.0}},
      {"Excel, decimal commas in a comma's file: quoted",
       table("x,z,class", [](auto i) { return quoted(x(i, ',')) + "," + quoted(z(i, ',')) + "," + up(i); }), "x:n z:n",
       "class", 2, rows, first_row},
      {"three decimals behind a comma, tabs",
       table("x\tz\ttarget", [&](auto i) { return x3(i) + "\t" + z3(i) + "\t" + y3(i); }), "x:n z:n", "target", 0, rows,
       first_row},
      {"three decimals behind a comma, bars",
       table("x|z|target", [&](auto i) { return x3(i) + "|" + z3(i) + "|" + y3(i); }), "x:n z:n", "target", 0, rows,
       first_row},
      {"three decimals behind a comma, quoted",
       table("x,z,target", [&](auto i) { return quoted(x3(i)) + "," + quoted(z3(i)) + "," + quoted(y3(i)); }),
       "x:n z:n", "target", 0, rows, first_row},
      {"three decimals behind a comma, none below 1: another column tells",
       table("x\tz\ttarget", [&](auto i) { return decimals(x_of(i) + 3.0, ',', 3) + "\t" + z(i, ',') + "\t" + y3(i); }),
       "x:n z:n",
       "target",
       0,
       rows,
       {x_of(0) + 3.0, z_of(0)}},
      {"three decimals behind a point, semicolons",
       table("x;z;target",
             [](auto i) {
               return decimals(x_of(i), '.', 3) + ";" + decimals(z_of(i), '.', 3) + ";" +
                      decimals(x_of(i) - z_of(i), '.', 3);
             }),
       "x:n z:n", "target", 0, rows, first_row},
      {"Excel, an empty column at the end, and errors",
       table("x,z,class,",
             [](auto i) {
               return now_and_then(i + 5, "#DIV/0!", x(i)) + "," + now_and_then(i, "#N/A", z(i)) + "," + up(i) + ",";
             }),
       "x:m z:m", "class", 2, rows, first_row},
      {"Excel, three empty columns",
       table("x,z,class,,,", [](auto i) { return x(i) + "," + z(i) + "," + up(i) + ",,,"; }), "x:n z:n", "class", 2,
       rows, first_row},
      {"a separator at the end of rows only",
       table("x,z,class", [](auto i) { return x(i) + "," + z(i) + "," + up(i) + ","; }), "x:n z:n", "class", 2, rows,
       first_row},
      {"Excel of old Macs",
       table(
           "x,z,class", [](auto i) { return x(i) + "," + z(i) + "," + up(i); }, "\r"),
       "x:n z:n", "class", 2, rows, first_row},
      {"CR, CR and LF",
       table(
           "x,z,class", [](auto i) { return x(i) + "," + z(i) + "," + up(i); }, "\r\r\n"),
       "x:n z:n", "class", 2, rows, first_row},
      {"CR inside of quotes and of texts",
       table("x,z,note,class",
             [](auto i) { return x(i) + "," + z(i) + (i % 2 == 0 ? ",\"a, b\rc\"," : ",a\rb,") + up(i); }),
       "x:n z:n note:c", "class", 2, rows, first_row},
      {"Excel, tabs",
       table("x\tz\tnote\tclass",
             [](auto i) { return x(i) + "\t" + z(i) + "\t" + quoted("a, b" + n(i % 3)) + "\t" + up(i); }),
       "x:n z:n note:c", "class", 2, rows, first_row},
      {"line ends and doubled quotes inside of quotes",
       table("x,z,note,class",
             [](auto i) { return x(i) + "," + z(i) + ",\"line \"\"" + n(i % 3) + "\"\"\nand\n\nmore\"," + up(i); }),
       "x:n z:n note:c", "class", 2, rows, first_row},
      {"a title and an empty line before the table",
       "Report of 2024\n\n" + table("x,z,class", [](auto i) { return x(i) + "," + z(i) + "," + up(i); }), "x:n z:n",
       "class", 2, rows, first_row},
      {"two columns of one name", table("x,x,class", [](auto i) { return x(i) + "," + z(i) + "," + up(i); }),
       "x:n x_2:n", "2", 2, rows, first_row},
      {"units behind numbers, one of them of the label",
       table("t,z,weight",
             [](auto i) {
               return decimals(x_of(i), '.', 1) +
                      " \xC2\xB0"
                      "C," +
                      now_and_then(i, "", z(i) + "m") + "," + target(i) + " kg";
             }),
       "t:n z:m",
       "weight",
       0,
       rows,
       {std::stod(decimals(x_of(0), '.', 1)), z_of(0)}},
      {"currencies behind numbers, decimal commas",
       table("Umsatz;Art;Ziel",
             [](auto i) { return grouped(i, ".") + ",50 EUR;" + up(i) + ";" + n(i * 7919 % 1000) + ",25 EUR"; }),
       "Umsatz:n Art:c",
       "Ziel",
       0,
       rows,
       {amount + 0.5}},
      {"currencies in front of numbers",
       table("a,b,class", [](auto i) { return "CHF " + grouped(i, "'") + ",R$ " + n(i % 50) + "," + up(i); }),
       "a:n b:n",
       "class",
       2,
       rows,
       {amount, 0.0}},
      {"units without a header, in all columns",
       table("", [](auto i) { return x(i) + " kg," + z(i) + " m," + target(i) + " s"; }), "c0:n c1:n", "2", 0, rows,
       first_row},
      {"several units in one column are texts",
       table("size,x,class",
             [](auto i) {
               return std::vector<std::string>{"5 kg", "5 g", "2 kg"}[i % 3] + "," + x(i) + "," + up(i);
             }),
       "size:c x:n",
       "class",
       2,
       rows,
       {x_of(0)}},
      {"accountants' negatives with a currency",
       table("x,z,class",
             [](auto i) {
               const std::string z2 = z(i);
               return x(i) + "," + quoted(z_of(i) < 0 ? " $(" + z2.substr(1) + ")" : " $" + z2 + " ") + "," + up(i);
             }),
       "x:n z:n", "class", 2, rows, first_row},
      {"accountants' negatives",
       table("x,z,class",
             [](auto i) { return (x_of(i) < 0 ? "(" + x(i).substr(1) + ")" : x(i)) + "," + z(i) + "," + up(i); }),
       "x:n z:n", "class", 2, rows, first_row},
  };
}

}  // namespace altmind::test
