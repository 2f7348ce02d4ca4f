#pragma once
// Shared by the readers of all formats: skip, limit, numbering, and moving from one path to the next.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/sources/file/byte_stream.hpp"
#include "adapters/sources/file/sample_reader.hpp"

namespace altmind::file {

/// A format derives from this and consumes records of the open path.
class PathsReader : public SampleReader {
 public:
  std::size_t read(std::size_t max, Samples& into, const OnRejected& rejected) final;
  std::uint64_t pass_over(std::uint64_t max) final;
  std::uint64_t to_skip() const final;
  double fraction() const final;
  ReaderPlace place() const override;
  void approach(const ReaderPlace&) override {}
  const std::vector<FileIdentity>& identities() const final { return identities_; }
  const std::vector<std::uint64_t>& sizes() const final { return sizes_; }

 protected:
  /// Opens every path once to record its identity and size.
  explicit PathsReader(const adapters::SourceOptions& options);

  /// Consumes up to `max` records of the open path and appends the good ones or, with `into` null, skips them; returns
  /// how many, 0 at the end of the path. record() is the number of the first of them.
  virtual std::size_t consume(std::size_t max, Samples* into, const OnRejected* rejected) = 0;
  virtual void opened() = 0;  ///< bytes() is at the beginning of a path

  void open_path(std::size_t path);  ///< throws if the file is not the one that the constructor found
  ByteStream& bytes() { return *bytes_; }
  std::uint64_t record() const { return record_; }
  void set_record(std::uint64_t record) { record_ = record; }
  std::size_t path_index() const { return path_; }
  const std::string& path_name() const { return paths_[path_]; }

 private:
  std::size_t next(std::size_t max, Samples* into, const OnRejected* rejected);

  const std::vector<std::string> paths_;
  const std::uint64_t skip_;
  const std::optional<std::uint64_t> limit_;
  std::vector<FileIdentity> identities_;
  std::vector<std::uint64_t> sizes_;
  std::unique_ptr<ByteStream> bytes_;  ///< of paths_[path_]; null before the first and after the last record
  std::size_t path_ = 0;
  std::uint64_t record_ = 0;
};

}  // namespace altmind::file
