#include "turnpike/metrics/exporter.hpp"

#include <utility>

#include "turnpike/net/clock.hpp"

namespace turnpike::metrics {
namespace {

namespace asio = boost::asio;

constexpr char kContentType[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

http::Route Exporter::route() {
  return {"GET", "/metrics", [this](const http::Request&) { return answer(); }, 0, {}};
}

// The collection is a coroutine of its own: whoever asked first may have gone when it is done.
asio::awaitable<http::Response> Exporter::answer() {
  const auto executor = co_await asio::this_coro::executor;
  if (!current_) {
    current_ = std::make_shared<Collection>(executor);
    current_->done.expires_at(asio::steady_timer::time_point::max());
    asio::co_spawn(executor, collect(current_), asio::detached);
  }
  const auto collection = current_;
  if (!collection->is_done) co_await collection->done.async_wait(asio::as_tuple(asio::use_awaitable));
  if (collection->fault) std::rethrow_exception(collection->fault);
  co_return collection->response;
}

asio::awaitable<void> Exporter::collect(std::shared_ptr<Collection> collection) {
  const Duration since = net::read_clock().monotonic - began_;
  if (since < kIntervalMin) {
    asio::steady_timer timer(co_await asio::this_coro::executor, kIntervalMin - since);
    co_await timer.async_wait(asio::use_awaitable);
  }
  began_ = net::read_clock().monotonic;
  try {
    const Figures figures = co_await read();
    collection->response = {.content_type = kContentType, .body = page_of(figures).text()};
  } catch (...) {
    collection->fault = std::current_exception();
  }
  collection->is_done = true;
  current_.reset();
  collection->done.cancel();
}

asio::awaitable<Figures> Exporter::read() {
  Figures figures;
  worker::CountersOfWorkers answers = co_await sources_.workers.read_counters();
  known_.resize(answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i]) {
      known_[i] = *std::move(answers[i]);
    } else {
      ++figures.workers_late;
    }
  }
  figures.workers = known_;
  figures.version = sources_.version;
  figures.ledger = sources_.workers.ledger().counts(net::read_clock().monotonic);
  figures.connections = sources_.workers.connections();
  if (const net::TlsContext* tls = sources_.workers.tls())
    figures.certificate_expires_unix_s = tls->first_expires_unix_s();
  if (const worker::KernelEngine* engine = sources_.engine)
    figures.kernel = KernelFigures{engine->flow_count(), engine->packets(), engine->choices()};
  figures.process = read_process();
  figures.obstacle = sources_.obstacle();
  sources_.fill(figures);
  co_return figures;
}

}  // namespace turnpike::metrics
