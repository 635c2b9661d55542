// GET /metrics: asks the workers, and answers whoever scrapes at that moment with the same page.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/http/router.hpp"
#include "turnpike/metrics/figures.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/worker/kernel_engine.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::metrics {

// Where the figures come from; all of it outlives the exporter.
struct Sources {
  std::string version;
  worker::WorkerPool& workers;
  const worker::KernelEngine* engine = nullptr;  // null where the sockets relay everything
  std::function<std::string_view()> obstacle;    // what /readyz says; empty: it is ready
  std::function<void(Figures&)> fill;            // with what the rest of the main thread knows
};

// On the main thread.
class Exporter {
 public:
  // Between the beginnings of two collections: whoever asks meanwhile gets the next one.
  static constexpr Duration kIntervalMin = std::chrono::milliseconds(100);

  explicit Exporter(Sources sources) : sources_(std::move(sources)) {}
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  http::Route route();

 private:
  // What scrapers wait for, together.
  struct Collection {
    explicit Collection(const boost::asio::any_io_executor& executor) : done(executor) {}
    boost::asio::steady_timer done;
    bool is_done = false;
    http::Response response;
    std::exception_ptr fault;  // in place of it
  };

  boost::asio::awaitable<http::Response> answer();
  boost::asio::awaitable<void> collect(std::shared_ptr<Collection> collection);
  boost::asio::awaitable<Figures> read();

  Sources sources_;
  std::shared_ptr<Collection> current_;  // null: nobody waits
  TimePoint began_;                      // the last one
  std::vector<worker::Counters> known_;  // of each worker, as it answered last
};

}  // namespace turnpike::metrics
