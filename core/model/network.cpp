#include "core/model/network.hpp"

#include <cmath>

#include "core/linalg/blas.hpp"
#include "core/linalg/random.hpp"
#include "core/model/activation.hpp"

namespace altmind {

Network initialise(const ModelOptions& options) {
  Network network;
  network.activation = options.activation;
  std::vector<std::size_t> widths = {network_inputs(options.spec)};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(options.spec.outputs);
  Random random(options.seed);
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    const bool output = l + 2 == widths.size();
    const double deviation = std::sqrt(2.0 / static_cast<double>(widths[l])) * (output ? 0.5 : 1.0);
    Matrix w = Matrix::Zero(static_cast<Index>(widths[l + 1]), static_cast<Index>(widths[l]) + 1);
    for (Index j = 0; j + 1 < w.cols(); ++j) {
      for (Index i = 0; i < w.rows(); ++i) w(i, j) = static_cast<Scalar>(random.normal() * deviation);
    }
    network.weights.push_back(std::move(w));
  }
  return network;
}

void resize(const Network& network, Index m, Encoding& encoding) {
  const std::size_t hidden = network.hidden();
  encoding.activation.resize(hidden + 1);
  encoding.code.resize(hidden);
  for (std::size_t l = 0; l <= hidden; ++l) {
    const Matrix& w = network.weights[l];
    Matrix& a = encoding.activation[l];
    if (a.rows() != w.cols() || a.cols() != m) {
      a.resize(w.cols(), m);
      a.row(w.cols() - 1).setOnes();
    }
    if (l < hidden) encoding.code[l].resize(w.rows(), m);
  }
  encoding.logits.resize(network.weights.back().rows(), m);
}

void encode(const Network& network, Encoding& encoding) {
  const std::size_t hidden = network.hidden();
  for (std::size_t l = 0; l < hidden; ++l) {
    Matrix& code = encoding.code[l];
    gemm(1.0F, network.weights[l], Op::none, encoding.activation[l], Op::none, 0.0F, code);
    activate(network.activation, code, encoding.activation[l + 1].topRows(code.rows()));
  }
  gemm(1.0F, network.weights[hidden], Op::none, encoding.activation[hidden], Op::none, 0.0F, encoding.logits);
}

}  // namespace altmind
