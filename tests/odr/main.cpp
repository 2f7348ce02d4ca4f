// answer.cpp defines different classes of the same names: merging the two files must fail.
#include <stdexcept>

namespace altmind {

class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  int line = 0;
};

class Random {
 public:
  Random(unsigned long seed, unsigned long stream) : key_(seed ^ stream) {}
  unsigned long below(unsigned long n) { return (key_ + ++next_) % n; }

 private:
  unsigned long key_;
  unsigned long next_ = 0;
};

int answer();

}  // namespace altmind

int main() {
  try {
    throw altmind::Refusal("refused");
  } catch (const altmind::Refusal& refusal) {
    return altmind::answer() + refusal.line + static_cast<int>(altmind::Random(1, 2).below(2));
  }
}
