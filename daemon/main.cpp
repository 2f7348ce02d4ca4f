#include "daemon/cli.hpp"

int main(int argc, char** argv) {
  return altmind::run_command(argc, argv);
}
