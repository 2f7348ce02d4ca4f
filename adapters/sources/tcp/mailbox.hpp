#pragma once
// Sends from the writer's thread to the I/O thread, as long as there is a receiver.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <utility>

namespace altmind::tcp {

/// Thread-safe. Senders may keep it longer than the io_context lives; after close() what is sent is dropped.
class Mailbox {
 public:
  explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}

  template <class Letter>
  void send(Letter letter) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) boost::asio::post(*io_, std::move(letter));
  }
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;  ///< protects all below
  boost::asio::io_context* io_;
};

}  // namespace altmind::tcp
