#pragma once
// Runs the command that the arguments name, and turns every failure into an exit code.

namespace altmind::daemon {

/// Exit codes: 0 done, 1 failed while running, 2 wrong use or configuration.
int run_command(int argc, char** argv);

}  // namespace altmind::daemon
