#include "adapters/address.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace altmind;
using namespace altmind::adapters;

TEST_CASE("addresses are host and port") {
  CHECK(parse_address("127.0.0.1:8080")->port == 8080);
  CHECK(parse_address("[::1]:0")->host == "::1");
  CHECK(parse_address("example-1.org:65535")->host == "example-1.org");
  for (const char* text : {"",
                           ":",
                           ":80",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "127.0.0.1:-1",
                           "127.0.0.1:80x",
                           "127.0.0.1: 80",
                           "127.1:80",
                           "127.0.0.256:80",
                           "::1:80",
                           "[::1:80",
                           "[]:80",
                           "[127.0.0.1]:80",
                           "-a:80",
                           "a b:80",
                           "http://a:80",
                           "1:80",
                           "[fe80::1%lo]:80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address(text));
  }
  CHECK_FALSE(parse_address(std::string("[::1\0]:80", 10)));
}

TEST_CASE("loopback is 127.0.0.0/8, ::1 and localhost, and nothing else") {
  for (const char* text :
       {"127.0.0.1:1", "127.255.3.4:1", "[::1]:1", "[0:0:0:0:0:0:0:1]:1", "localhost:1", "LocalHost:1"}) {
    CAPTURE(text);
    CHECK(is_loopback(*parse_address(text)));
  }
  for (const char* text : {"0.0.0.0:1", "128.0.0.1:1", "10.0.0.1:1", "[::]:1", "[::2]:1", "[fe80::1]:1",
                           "[::ffff:127.0.0.1]:1", "localhost.example.org:1", "a:1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_loopback(*parse_address(text)));
  }
}
