#pragma once
// Arguments to a command, and every failure to an exit code.

namespace altmind::daemon {

/// Exit codes: 0 done, 1 failed while running, 2 wrong use or configuration.
int run_command(int argc, char** argv);

}  // namespace altmind::daemon
