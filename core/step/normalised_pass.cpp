#include "core/step/normalised_pass.hpp"

#include "core/linalg/blas.hpp"

namespace altmind {

void encode_normalised(const std::vector<BatchNorm>& norms, Network& network, std::vector<Matrix>& statistics,
                       Matrix& raw, Encoding& encoding) {
  statistics.assign(norms.size(), Matrix());
  for (std::size_t l = 0; l < norms.size(); ++l) {
    if (norms[l].there()) {
      raw.resize(norms[l].weight.rows(), encoding.activation[l].cols());
      gemm(1.0F, norms[l].weight, Op::none, encoding.activation[l], Op::none, 0.0F, raw);
      statistics[l] = raw.cols() > 1 ? row_statistics(raw) : norms[l].statistics;
      network.weights[l] = folded(norms[l], statistics[l]);
    }
    encode_layer(network, l, encoding);
  }
  encode_layer(network, network.hidden(), encoding);
}

void fold_running(const std::vector<BatchNorm>& norms, Network& network) {
  for (std::size_t l = 0; l < norms.size(); ++l) {
    if (norms[l].there()) network.weights[l] = folded(norms[l], norms[l].statistics);
  }
}

}  // namespace altmind
