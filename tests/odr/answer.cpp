// main.cpp defines different classes of the same names.
#include <string>

namespace altmind {

struct Refusal {
  int status = 400;
  std::string message;
};

class Random {
 public:
  explicit Random(unsigned long seed) : state_(seed) {}
  unsigned long below(unsigned long n) { return ++state_ % n; }

 private:
  unsigned long state_;
};

int answer() {
  const Refusal refusal{400, "a sentence that is too long to stand within the string itself"};
  return refusal.status + static_cast<int>(Random(1).below(2));
}

}  // namespace altmind
