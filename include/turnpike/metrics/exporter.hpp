// Serves GET /metrics: asks the workers, and gives all who scrape at the same moment the same page.
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

// The sources of the figures; everything must outlive the exporter.
struct Sources {
  std::string version;
  worker::WorkerPool& workers;
  const worker::KernelEngine* engine = nullptr;  // null if the sockets relay everything
  std::function<std::string_view()> obstacle;    // the word of /readyz; empty: ready
  std::function<void(Figures&)> fill;            // adds what the rest of the main thread knows
};

// Runs on the main thread.
class Exporter {
 public:
  // The time between the starts of two collections: requests in between get the next one.
  static constexpr Duration kIntervalMin = std::chrono::milliseconds(100);

  explicit Exporter(Sources sources) : sources_(std::move(sources)) {}
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  // Returns the route to serve; the exporter must outlive the server.
  http::Route route();

 private:
  // One collection, which several requests may wait for.
  struct Collection {
    explicit Collection(const boost::asio::any_io_executor& executor) : done(executor) {}
    boost::asio::steady_timer done;
    bool is_done = false;
    http::Response response;
    std::exception_ptr fault;  // set in place of the response if the collection has failed
  };

  boost::asio::awaitable<http::Response> answer();
  boost::asio::awaitable<void> collect(std::shared_ptr<Collection> collection);
  boost::asio::awaitable<Figures> read();

  Sources sources_;
  std::shared_ptr<Collection> current_;  // null: no request waits
  TimePoint began_;                      // when the last collection began
  std::vector<worker::Counters> known_;  // the last answer of each worker
};

}  // namespace turnpike::metrics
