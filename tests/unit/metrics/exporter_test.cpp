// Scrapers that come together share a collection, and a worker that is late keeps what it had said.
#include "turnpike/metrics/exporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shell/await.hpp"
#include "shell/support.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::metrics {
namespace {

using namespace shell;
using ::testing::HasSubstr;

namespace asio = boost::asio;

class ExporterTest : public ::testing::Test {
 protected:
  ExporterTest() {
    log::open({log::Level::error, log::Format::text, ""});
    const net::TlsFiles files = make_certificate(folder_, 1);
    config_.tls = {files.certificate, files.key};
    config_.workers = 2;
    workers_.emplace(config_, std::vector{IpAddress::v4(127, 0, 0, 1)}, nullptr);
    exporter_.emplace(Sources{"1.2.3", *workers_, nullptr, [] { return "draining"; },
                              [this](Figures& figures) {
                                if (is_faulty_) throw std::runtime_error("a fault of a test");
                                figures.barred = ++collections_;
                              }});
  }

  asio::awaitable<http::Response> ask() {
    return std::get<http::Task>(exporter_->route().handler)(http::Request{});
  }
  http::Response scrape() { return await(context_, ask()); }
  // So many at once, of which the last one counts.
  void scrape_together(int count) {
    for (int i = 1; i < count; ++i) {
      asio::co_spawn(context_, ask(), [this](const std::exception_ptr&, const http::Response& response) {
        bodies_.push_back(response.body);
      });
    }
    bodies_.push_back(scrape().body);
  }

  TemporaryFolder folder_;
  config::Config config_ = loopback_config();
  asio::io_context context_;
  std::optional<worker::WorkerPool> workers_;
  bool is_faulty_ = false;
  std::size_t collections_ = 0;
  std::vector<std::string> bodies_;
  std::optional<Exporter> exporter_;
};

TEST_F(ExporterTest, a_scrape_tells_what_all_workers_have_counted) {
  workers_->start();
  {
    TestClient client(shell::connect(Transport::tls, config_.listen));
    client.allocate();
    const http::Response response = scrape();
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const char* line :
         {"turnpike_workers_late 0\n", "turnpike_obstacle{reason=\"draining\"} 1\n",
          "turnpike_allocations{transport=\"tls\"} 1\n", "turnpike_handshake_duration_seconds_count 1\n",
          "turnpike_allocate_duration_seconds_count 1\n", "turnpike_connections{standing=\"client\"} 1\n",
          "turnpike_relay_ports{state=\"leased\"} 1\n",
          "turnpike_worker_waiting_seconds_total{worker=\"1\"} 0."})
      EXPECT_THAT(response.body, HasSubstr(line));
  }
  workers_->stop();
}

TEST_F(ExporterTest, scrapers_that_come_together_get_one_collection_and_collections_keep_apart) {
  workers_->start();
  const TimePoint began = clock_now();
  scrape_together(50);
  EXPECT_EQ(collections_, 1U);
  EXPECT_TRUE(becomes_true([&] {
    context_.restart();
    context_.poll();
    return bodies_.size() == 50;
  }));
  for (const std::string& body : bodies_) EXPECT_EQ(body, bodies_.front());
  scrape();
  scrape();
  EXPECT_EQ(collections_, 3U);
  EXPECT_GE(clock_now() - began, 2 * Exporter::kIntervalMin);
  workers_->stop();
}

TEST_F(ExporterTest, where_workers_are_late_the_page_says_so_and_has_what_they_said_before) {
  workers_->start();
  {
    TestClient client(shell::connect(Transport::udp, config_.listen));
    client.allocate();
    EXPECT_THAT(scrape().body, HasSubstr("turnpike_allocations_started_total{transport=\"udp\"} 1\n"));
  }
  workers_->stop();
  const std::string body = scrape().body;
  EXPECT_THAT(body, HasSubstr("turnpike_workers_late 2\n"));
  EXPECT_THAT(body, HasSubstr("turnpike_allocations_started_total{transport=\"udp\"} 1\n"));
}

TEST_F(ExporterTest, a_fault_is_the_askers_and_the_next_one_is_served) {
  workers_->start();
  is_faulty_ = true;
  EXPECT_THROW(scrape(), std::runtime_error);
  is_faulty_ = false;
  EXPECT_EQ(scrape().status, 200U);
  workers_->stop();
}

}  // namespace
}  // namespace turnpike::metrics
