#include "adapters/http/routes/hosts.hpp"

#include <doctest/doctest.h>

using namespace altmind::http;

TEST_CASE(
    "on loopback its addresses are taken, with any port, names that nobody can buy and those of the configuration") {
  for (const char* listen : {"127.0.0.1:8080", "[::1]:0", "localhost:80", "127.9.9.9:1"}) {
    const Hosts hosts(listen, {"learn.example.org"}, "machine");
    for (const char* good :
         {"localhost", "LocalHost:1", "localhost.", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3:9", "[::1]", "[::1]:8080",
          "[::ffff:127.0.0.1]:1", "machine", "a:80", "learn.example.org", "Learn.Example.Org:99"})
      CHECK_MESSAGE(hosts.allows(good), listen << ' ' << good);
    for (const char* bad :
         {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "", ":8080", "[",
          "[]", "10.0.0.1", "[2001:db8::1]", "example.org", "xlearn.example.org", "localhost:80:80", "1270.0.0.1"})
      CHECK_MESSAGE(!hosts.allows(bad), listen << ' ' << bad);
  }
}

TEST_CASE("not on loopback, any IP address, the machine's name and names that cannot be registered are allowed") {
  for (const char* listen : {"0.0.0.0:8080", "[::]:8080", "box.lan:8080", "10.0.0.1:80"}) {
    const Hosts hosts(listen, {"learn.example.org"}, "Web7.example.net");
    for (const char* good : {"localhost:1", "10.0.0.1:8080", "192.168.7.7", "[fe80::1]:8080", "web7.example.net:80",
                             "altmind", "altmind:8080", "learn.example.org"})
      CHECK_MESSAGE(hosts.allows(good), listen << ' ' << good);
    for (const char* bad :
         {"evil.example", "web7.example.net.evil.example", "", "10.0.0.1.evil.example", "example.net"})
      CHECK_MESSAGE(!hosts.allows(bad), listen << ' ' << bad);
  }
  CHECK(Hosts("box.lan:8080", {}, "").allows("box.lan"));
}
