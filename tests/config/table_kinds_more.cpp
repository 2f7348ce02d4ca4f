#include "tests/config/table_cells.hpp"
#include "tests/config/table_kinds.hpp"

namespace altmind::test {

std::vector<TableKind> dump_tables() {
  return {
      {"MySQL, into outfile",
       table("", [](auto i) { return x(i) + "\t" + now_and_then(i, "\\N", z(i)) + "\t" + up(i); }), "c0:n c1:m", "2", 2,
       rows, first_row},
      {"MySQL, backslashes before quotes",
       table("x,z,note,class",
             [](auto i) { return x(i) + "," + z(i) + ",\"he said \\\"" + n(i % 3) + "\\\" twice\"," + up(i); }),
       "x:n z:n note:c", "class", 2, rows, first_row},
      {"PostgreSQL, copy with a header",
       table("x,z,land,class", [](auto i) { return x(i) + ",," + land(i) + "," + up(i); }),
       "x:n land:c",
       "class",
       2,
       rows,
       {x_of(0)}},
      {"psql, unaligned, with a footer",
       table("x|z|class", [](auto i) { return x(i) + "|" + z(i) + "|" + up(i); }) + "(120 rows)\n",
       "x:n z:n",
       "class",
       2,
       rows,
       first_row,
       {},
       1},
      {"SQLite, bars without a header",
       table("", [](auto i) { return n(i + 1) + "|" + x(i) + "|" + z(i) + "|" + up(i); }), "c1:n c2:n", "3", 2, rows,
       first_row},
      {"values of an insert in single quotes",
       table("",
             [](auto i) {
               return x(i) + ",'" + land(i) + ", EU'," + now_and_then(i, "NULL", z(i)) + ",'" + up(i) + "'";
             }),
       "c0:n c1:c c2:m", "3", 2, rows, first_row},
      {"a sensor's log with comments and words for failures",
       "# station 7\n# all values in SI units\n" + table("time;t;p;state",
                                                         [](auto i) {
                                                           return "2024-03-01 10:" + n(10 + i / 10 % 50) + ":" +
                                                                  n(10 + i % 50) + ";" + x(i) + ";" +
                                                                  now_and_then(i, "ERR", z(i)) + ";" + up(i);
                                                         }),
       "t:n p:m", "state", 2, rows, first_row},
      {"a sensor's log in columns of blanks",
       table("", [](auto i) { return "  " + x(i) + "    " + z(i) + "   " + up(i); }), "c0:n c1:n", "2", 2, rows,
       first_row},
      {"a sensor's log in columns of blanks, with decimal commas",
       table("zeit  druck  stufe", [](auto i) { return x(i, ',') + "   " + z(i, ',') + "   " + target(i, ','); }),
       "zeit:n druck:n", "stufe", 0, rows, first_row},
      {"a sensor's log in columns of single blanks, with decimal commas",
       table("", [](auto i) { return n(i % 7) + " " + x(i, ',') + " " + z(i, ',') + " " + up(i); }),
       "c0:n c1:n c2:n",
       "3",
       2,
       rows,
       {0.0, x_of(0), z_of(0)}},
      {"lists of numbers between commas",
       table("x,rgb,z,class", [](auto i) { return n(i % 9) + "," + n(i % 3) + " 128 0," + z(i) + "," + up(i); }),
       "x:n rgb:c z:n",
       "class",
       2,
       rows,
       {0.0, z_of(0)}},
      {"a sensor's log with units below the header",
       "t,p,level\ndegC,hPa,m\n" + table("", [](auto i) { return x(i) + "," + z(i) + "," + target(i); }), "t:n p:n",
       "2", 0, rows, first_row},
      {"a logger's preamble",
       "Device,Logger 7\nStart,2024-03-01\nInterval,10\n" +
           table("t,p,h,state", [](auto i) { return x(i) + "," + z(i) + "," + x(i + 5) + "," + up(i); }),
       "t:n p:n h:n", "state", 2, rows, first_row},
      {"a web server's log",
       table("",
             [](auto i) {
               return "10.0.0." + n(i % 5) + " - - \"GET /page" + n(i % 4) + " HTTP/1.1\" " +
                      n(i % 30 == 0 ? 404 : 200) + " " + n(500 + i * 791 % 4000);
             }),
       "c0:c c3:c c4:n",
       "5",
       0,
       rows,
       {404.0}},
      {"a label of question marks now and then",
       table("x,z,class", [](auto i) { return x(i) + "," + z(i) + "," + now_and_then(i, "?", up(i)); }),
       "x:n z:n",
       "class",
       2,
       rows - 6,
       first_row,
       {},
       6},
      {"one class in four spellings",
       table("x,z,class",
             [](auto i) {
               return x(i) + "," + z(i) + "," +
                      std::vector<std::string>{"1", "1.0", "1e0", "\"1 \"", "2", "2.0"}[i % 6];
             }),
       "x:n z:n", "class", 2, rows, first_row},
  };
}

std::vector<TableKind> collection_tables() {
  return {
      {"MOA, ARFF turned CSV",
       table("x,z,land,class",
             [](auto i) { return now_and_then(i, "?", x(i)) + "," + z(i) + "," + land(i) + "," + up(i); }),
       "x:m z:n land:c", "class", 2, rows, first_row},
      {"ARFF itself",
       "% made\n@relation 'x and z'\n\n@attribute x numeric\n@attribute 'z' real\n@attribute class "
       "{up,down}\n\n@data\n" +
           table("", [](auto i) { return x(i) + "," + z(i) + "," + up(i); }),
       "x:n z:n", "2", 2, rows, first_row},
      {"HIGGS: the label first, numbers with eighteen decimals",
       table("",
             [](auto i) {
               char line[128];
               std::snprintf(line, sizeof line, "%.18e,%.18e,%.18e", up(i) == "up" ? 1.0 : 0.0, x_of(i), z_of(i));
               return std::string(line);
             }),
       "c1:n c2:n", "0", 2, rows, first_row, "0"},
      {"Adult: blanks behind commas, question marks",
       table("",
             [](auto i) {
               return n(17 + i % 60) + ", " + now_and_then(i, "?", land(i)) + ", " + n(i * 977 % 9000) + ", " +
                      (up(i) == "up" ? ">50K" : "<=50K");
             }),
       "c0:n c1:c c2:n",
       "3",
       2,
       rows,
       {17.0, 0.0}},
      {"Titanic: ids, names with commas, ages missing",
       table("PassengerId,Survived,Pclass,Name,Sex,Age,Fare",
             [](auto i) {
               return n(i + 1) + "," + n(i % 2) + "," + n(i % 3 + 1) + ",\"Braund" + n(i) + ", Mr. \"\"Owen\"\"\"," +
                      (i % 3 == 0 ? "male" : "female") + "," + now_and_then(i, "", n(20 + i % 40)) + "," +
                      decimals(7.25 + static_cast<double>(i % 50));
             }),
       "Pclass:n Sex:c Age:m Fare:n",
       "Survived",
       2,
       rows,
       {1.0, 20.0, 7.25},
       "Survived"},
      {"house prices: ids, NA, a price",
       table("Id,LotArea,Street,LotFrontage,SalePrice",
             [](auto i) {
               return n(i + 1) + "," + n(5000 + i * 977 % 9000) + "," + (i % 4 == 0 ? "Grvl" : "Pave") + "," +
                      now_and_then(i, "NA", n(40 + i % 60)) + "," + n(90000 + i * 7919 % 200000);
             }),
       "LotArea:n Street:c LotFrontage:m",
       "SalePrice",
       0,
       rows,
       {5000.0, 40.0}},
      {"prices in groups are a number",
       table("x,z,price", [](auto i) { return x(i) + "," + z(i) + "," + quoted(grouped(i, ",")); }), "x:n z:n", "price",
       0, rows, first_row},
      {"auto-mpg: blanks between numbers, a tab before a name in quotes",
       table("",
             [](auto i) {
               return target(i) + "   " + n(4 + i % 5) + "   " + now_and_then(i, "?", x(i)) + "      " + z(i) +
                      "\t\"ford " + n(i % 9) + "\"";
             }),
       "c1:n c2:m c3:n c4:c",
       "0",
       0,
       rows,
       {4.0, x_of(0), z_of(0)},
       "0"},
      {"versions are no dates",
       table("version,x,class", [](auto i) { return "1." + n(i % 5) + "." + n(i % 3) + "," + x(i) + "," + up(i); }),
       "version:c x:n",
       "class",
       2,
       rows,
       {x_of(0)}},
      {"wine: marks from 3 to 8",
       table("\"fixed acidity\";\"pH\";\"quality\"", [](auto i) { return x(i) + ";" + z(i) + ";" + n(3 + i % 6); }),
       "fixed acidity:n pH:n", "quality", 6, rows, first_row},
      {"letters: the label first",
       table(
           "", [](auto i) { return std::string(1, static_cast<char>('A' + i % 26)) + "," + x(i) + "," + z(i); }, "\n",
           520),
       "c1:n c2:n", "0", 26, 520, first_row, "0"},
      {"forty classes that are numbers",
       table(
           "x,z,y", [](auto i) { return x(i) + "," + z(i) + "," + n(i * 17 % 40); }, "\n", 800),
       "x:n z:n", "y", 40, 800, first_row},
      {"classes that are codes with gaps",
       table(
           "x,z,class", [](auto i) { return x(i) + "," + z(i) + "," + n(100 + i * 17 % 40 * 25); }, "\n", 800),
       "x:n z:n", "class", 40, 800, first_row},
      {"counts, some of them rare",
       table(
           "x,z,y", [](auto i) { return x(i) + "," + z(i) + "," + n((i * 31 % 29) * (i % 29) / 9); }, "\n", 800),
       "x:n z:n", "y", 0, 800, first_row},
      {"bicycles: a count called cnt",
       table(
           "hr,temp,cnt", [](auto i) { return n(i % 24) + "," + x(i) + "," + n(i * 13 % 40); }, "\n", 800),
       "hr:n temp:n",
       "cnt",
       0,
       800,
       {0.0, x_of(0)}},
      {"abalone: rings without a header",
       table(
           "", [](auto i) { return land(i) + "," + x(i) + "," + z(i) + "," + n(3 + (i * 7 % 25) * (i % 3) / 2); }, "\n",
           400),
       "c0:c c1:n c2:n", "3", 0, 400, first_row},
      {"classes that come late",
       table(
           "x,z,class",
           [](auto i) { return x(i) + "," + z(i) + "," + std::string(1, static_cast<char>('A' + i / 150)); }, "\n",
           3900),
       "x:n z:n", "class", 26, 3900, first_row},
      {"numbers whose odd words come late",
       table(
           "x,z,class", [](auto i) { return x(i) + "," + (i > 1500 && i % 40 == 0 ? "broken" : z(i)) + "," + up(i); },
           "\n", 3000),
       "x:n z:m", "class", 2, 3000, first_row},
      {"files joined with their headers",
       table("x,z,class", [](auto i) { return i % 30 == 29 ? "x,z,class" : x(i) + "," + z(i) + "," + up(i); }),
       "x:n z:n", "class", 2, rows - 4, first_row},
      {"years and texts in the header",
       table("region,2023,2024,class", [](auto i) { return land(i) + "," + x(i) + "," + z(i) + "," + up(i); }),
       "region:c 2023:n 2024:n", "class", 2, rows, first_row},
      {"a first row with an odd word, no header",
       table("", [](auto i) { return x(i) + "," + (i == 0 ? "broken" : z(i)) + "," + up(i); }),
       "c0:n c1:m",
       "2",
       2,
       rows,
       {x_of(0)}},
      {"None and - are classes where they stand in the label",
       table("x,z,severity",
             [](auto i) {
               return x(i) + "," + z(i) + std::vector<std::string>{",None", ",Mild", ",-"}[i % 3];
             }),
       "x:n z:n", "severity", 3, rows, first_row},
      {"German names of columns in UTF-8",
       table("Gr\xC3\xB6\xC3\x9F"
             "e,Stra\xC3\x9F"
             "e,class",
             [](auto i) { return x(i) + ",Gasse " + n(i % 4) + "," + up(i); }),
       "Gr\xC3\xB6\xC3\x9F"
       "e:n Stra\xC3\x9F"
       "e:c",
       "class",
       2,
       rows,
       {x_of(0)}},
      {"texts alone",
       table("colour,size,answer",
             [](auto i) {
               return std::string(i % 2 == 0 ? "red," : "blue,") + (i % 3 == 0 ? "S," : "L,") +
                      (i % 5 == 0 ? "yes" : "no");
             }),
       "colour:c size:c", "answer", 2, rows},
  };
}

std::vector<TableKind> unclear_tables() {
  const auto plain = [](std::size_t i) { return x(i) + "," + z(i) + "," + up(i); };
  const auto asked = [](std::string name, std::string text, std::string sentence) {
    TableKind kind;
    kind.name = std::move(name);
    kind.text = std::move(text);
    kind.sentence = std::move(sentence);
    return kind;
  };
  std::string wide = "\xFF\xFE";
  for (const char c : table("x,z,class", plain)) wide += {c, '\0'};
  return {
      asked("UTF-16", wide, "UTF-16"),
      asked("UTF-16 without its mark", wide.substr(2), "UTF-16"),
      asked("Windows-1252",
            table("Gr\xF6\xDF"
                  "e,z,class",
                  plain),
            "WINDOWS-1252"),
      asked("CR first, then LF", table("x,z,class", plain, "\r") + table("", plain), "line ends"),
      asked("LF first, then CR", table("x,z,class", plain) + table("", plain, "\r"), "line ends"),
      asked("a header with LF, rows with CR", "x,z,class\n" + table("", plain, "\r"), "line ends"),
      asked("the same, longer than what is looked at first", "x,z,class\n" + table("", plain, "\r", 100'000),
            "line ends"),
      asked("LF first, CR late", table("x,z,class", plain, "\n", 3000) + table("", plain, "\r"), "line ends"),
      asked("CR first, LF late", table("x,z,class", plain, "\r", 100'000) + table("", plain), "line ends"),
      asked("a workbook", "PK\x03\x04\x14" + std::string(25, '\0') + "[Content_Types].xml\n\xFE\xFF", "workbook"),
      asked("a zip archive", "PK\x03\x04\x14" + std::string(25, '\0') + "t.csv\n\xFE\xFF", "zip archive"),
      asked("bzip2", "BZh91AY&SY\xFE\xFF\n", "bunzip2"),
      asked("zstd", "\x28\xB5\x2F\xFD\xFE\n", "unzstd"),
      asked("PDF", "%PDF-1.4\n%\xE2\xE3\n", "PDF"),
      asked("a word in half of the numbers to learn",
            table("x,z,y", [](auto i) { return x(i) + "," + z(i) + "," + (i % 2 == 0 ? "n/d" : target(i)); }),
            "source.file.missing=[\"n/d\"]"),
      asked("one column", table("y", [](auto i) { return x(i); }), "one column"),
      asked("NDJSON", table("", [](auto i) { return "{\"features\": [" + x(i) + "," + z(i) + "], \"label\": 1}"; }),
            "NDJSON"),
      asked("libsvm", table("", [](auto i) { return "1 1:" + x(i) + " 2:" + z(i); }), "libsvm"),
      asked("VW", table("", [](auto i) { return "1 |f a:" + x(i) + " b:" + z(i); }), "VW"),
      asked("an SQL script", table("", [&](auto i) { return "INSERT INTO t VALUES (" + plain(i) + ");"; }), "SQL"),
      asked("names in the last column", table("x,z,name", [](auto i) { return x(i) + "," + z(i) + ",n" + n(i); }),
            "--label"),
      asked("days in the last column",
            table("x,z,day",
                  [](auto i) { return x(i) + "," + z(i) + ",2024-" + n(10 + i / 28 % 3) + "-" + n(10 + i % 20); }),
            "--label"),
      asked("nothing but an id and a label", table("id,class", [](auto i) { return n(i) + "," + up(i); }),
            "no column is left"),
      asked("a header alone", "x,z,class\n", "no rows"),
  };
}

}  // namespace altmind::test
