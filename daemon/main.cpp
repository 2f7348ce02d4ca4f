#include "daemon/cli.hpp"

int main(int argc, char** argv) {
  return altmind::daemon::run_command(argc, argv);
}
