#include <array>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

struct Applicant {
  double salary, commission, age, education, car, zip_code, house, years, loan;
};

/// Selects one of three values by age: below 40, below 60, or older.
template <typename T>
const T& by_age(const Applicant& p, const std::array<T, 3>& values) {
  return p.age < 40 ? values[0] : p.age < 60 ? values[1] : values[2];
}

struct Range {
  double low, high;
  bool holds(double value) const { return low <= value && value <= high; }
};

constexpr double thousand = 1000.0;
constexpr Range low_income{25 * thousand, 75 * thousand}, middle_income{50 * thousand, 100 * thousand},
    high_income{75 * thousand, 125 * thousand};

bool educated(const Applicant& p) {
  return by_age<Range>(p, {Range{0, 1}, Range{1, 3}, Range{2, 4}}).holds(p.education);
}

/// Returns two thirds of the income, before expenses such as loans are subtracted.
double disposable(const Applicant& p) {
  return 2.0 * (p.salary + p.commission) / 3.0;
}

/// True if the paper's function number `f`, counted from 1, puts the applicant into group A.
bool group_a(std::uint64_t f, const Applicant& p) {
  switch (f) {
    case 1:
      return p.age < 40 || p.age >= 60;
    case 2:
      return by_age<Range>(p, {middle_income, high_income, low_income}).holds(p.salary);
    case 3:
      return educated(p);
    case 4:
      return educated(p) ? by_age<Range>(p, {low_income, middle_income, middle_income}).holds(p.salary)
                         : by_age<Range>(p, {middle_income, high_income, low_income}).holds(p.salary);
    case 5: {
      constexpr Range little{100 * thousand, 300 * thousand}, more{200 * thousand, 400 * thousand},
          much{300 * thousand, 500 * thousand};
      return by_age<Range>(p, {middle_income, high_income, low_income}).holds(p.salary)
                 ? by_age<Range>(p, {little, more, much}).holds(p.loan)
                 : by_age<Range>(p, {more, much, little}).holds(p.loan);
    }
    case 6:
      return by_age<Range>(p, {middle_income, high_income, low_income}).holds(p.salary + p.commission);
    case 7:
      return disposable(p) - p.loan / 5.0 - 20 * thousand > 0;
    case 8:
      return disposable(p) - 5 * thousand * p.education - 20 * thousand > 0;
    case 9:
      return disposable(p) - 5 * thousand * p.education - p.loan / 5.0 - 10 * thousand > 0;
    default: {
      const double equity = p.years >= 20 ? p.house * (p.years - 20) / 10.0 : 0.0;
      return disposable(p) - 5 * thousand * p.education + equity / 5.0 - 10 * thousand > 0;
    }
  }
}

class Agrawal final : public DriftingStream {
 public:
  explicit Agrawal(const StreamSettings& settings) : settings_(settings), samples_(settings.seed, 0) {}

  double sample(std::uint64_t number, std::span<float> x) override {
    const auto u = [&](std::size_t j) { return samples_.uniform_at(number * (x.size() + 1) + j); };
    const auto whole = [&](std::size_t j, double values) {
      return static_cast<float>(static_cast<int>(values * u(j)));
    };
    x[0] = static_cast<float>(20 * thousand + 130 * thousand * u(0));
    x[1] = static_cast<float>(static_cast<double>(x[0]) >= 75 * thousand ? 0.0 : 10 * thousand + 65 * thousand * u(1));
    x[2] = 20.0F + whole(2, 61);
    x[3] = whole(3, 5);
    x[4] = 1.0F + whole(4, 20);
    x[5] = whole(5, 9);
    x[6] = static_cast<float>((9.0 - static_cast<double>(x[5])) * 100 * thousand * (0.5 + u(6)));
    x[7] = 1.0F + whole(7, 30);
    x[8] = static_cast<float>(500 * thousand * u(8));
    const Applicant person{x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8]};
    return group_a(block_of(settings_, number) % 10 + 1, person) ? 0.0 : 1.0;
  }

 private:
  StreamSettings settings_;
  adapters::Random samples_;
};

}  // namespace

std::unique_ptr<DriftingStream> agrawal(const StreamSettings& settings) {
  return std::make_unique<Agrawal>(settings);
}

}  // namespace altmind::generator
