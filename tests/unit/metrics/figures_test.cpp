// What the parts of the server count becomes samples, and all that may be counted is there from the start.
#include "turnpike/metrics/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace turnpike::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using worker::Direction;

Figures figures() {
  Figures figures;
  figures.version = "1.2.3";
  figures.workers.resize(2);
  figures.certificate_expires_unix_s = 1800000000;
  figures.fleet.emplace();
  figures.upstreams = {{.server = *Endpoint::parse("127.0.0.1:7880")}};
  return figures;
}

TEST(Figures, a_server_that_has_done_nothing_exposes_every_metric) {
  std::set<std::string> names;
  for (const auto& family : page_of(figures()).families()) names.insert(family.name);
  for (const Description& each : all_metrics())
    EXPECT_TRUE(names.contains(std::string(each.name))) << each.name;
}

TEST(Figures, no_two_samples_have_the_same_labels) {
  Figures all = figures();
  all.workers[0].answers[{stun::Method::allocate, 401}] = 1;
  for (const auto& family : page_of(all).families()) {
    std::set<std::vector<prometheus::ClientMetric::Label>> labels;
    for (const auto& sample : family.metric) EXPECT_TRUE(labels.insert(sample.label).second) << family.name;
  }
}

TEST(Figures, workers_add_up_and_have_their_load_each) {
  Figures all = figures();
  for (worker::Counters& each : all.workers) {
    each.by_sockets(Direction::from_client, Transport::tcp).add(100);
    each.kernel[1] = {5, 50};
    each.allocations_started.add(Transport::udp, 4);
    each.allocations_ended.add(Transport::udp, 1);
    each.ends.add(turn::EndReason::client_closed);
    each.answers[{stun::Method::refresh, 438}] = 3;
    each.drops.add(relay::DropReason::no_route, 2);
  }
  all.workers[1].working = std::chrono::milliseconds(1500);
  const std::string text = page_of(all).text();
  for (const char* line :
       {"turnpike_build_info{version=\"1.2.3\"} 1\n",
        "turnpike_relayed_packets_total{direction=\"from_client\",transport=\"tcp\",engine=\"sockets\"} 2\n",
        "turnpike_relayed_bytes_total{direction=\"from_client\",transport=\"tcp\",engine=\"sockets\"} 200\n",
        "turnpike_relayed_packets_total{direction=\"to_client\",transport=\"udp\",engine=\"kernel\"} 10\n",
        "turnpike_allocations{transport=\"udp\"} 6\n",
        "turnpike_allocations_started_total{transport=\"udp\"} 8\n",
        "turnpike_allocations_ended_total{reason=\"client_closed\"} 2\n",
        "turnpike_requests_total{method=\"refresh\",code=\"438\"} 6\n",
        "turnpike_requests_total{method=\"refresh\",code=\"0\"} 0\n",
        "turnpike_dropped_packets_total{reason=\"no_route\"} 4\n",
        "turnpike_worker_working_seconds_total{worker=\"0\"} 0\n",
        "turnpike_worker_working_seconds_total{worker=\"1\"} 1.5\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(Figures, what_keeps_new_clients_out_is_told) {
  Figures all = figures();
  EXPECT_THAT(page_of(all).text(), HasSubstr("turnpike_ready 1\n"));
  all.obstacle = "no_free_port";
  const std::string text = page_of(all).text();
  EXPECT_THAT(text, HasSubstr("turnpike_ready 0\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_obstacle{reason=\"no_free_port\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_obstacle{reason=\"draining\"} 0\n"));
}

TEST(Figures, without_TLS_there_is_no_expiry_and_without_the_engine_all_of_it_is_zero) {
  Figures all = figures();
  all.certificate_expires_unix_s.reset();
  const std::string without = page_of(all).text();
  EXPECT_THAT(without, Not(HasSubstr("turnpike_certificate_expiry")));
  EXPECT_THAT(without, HasSubstr("turnpike_kernel_engine 0\n"));
  EXPECT_THAT(without, HasSubstr("turnpike_kernel_interfaces{engine=\"tc\"} 0\n"));
  all.kernel = KernelFigures{
      7, {}, {{"eth0", {2, kernel::Engine::tc, ""}, {}}, {"eth1", {3, kernel::Engine::tc, ""}, {}}}};
  const std::string with = page_of(all).text();
  EXPECT_THAT(with, HasSubstr("turnpike_kernel_engine 1\n"));
  EXPECT_THAT(with, HasSubstr("turnpike_kernel_flows 7\n"));
  EXPECT_THAT(with, HasSubstr("turnpike_kernel_interfaces{engine=\"tc\"} 2\n"));
}

TEST(Figures, an_upstream_is_one_whatever_hosts_and_paths_it_is_for) {
  using http::UpstreamFailure;
  const Endpoint one = *Endpoint::parse("127.0.0.1:7880"), other = *Endpoint::parse("[::1]:8080");
  const http::Upstreams upstreams(
      {{.host = "a", .server = one}, {.host = "b", .server = other}, {.host = "c", .server = one}});
  upstreams.all()[0].health->note_answer();
  upstreams.all()[2].health->note_answer();
  upstreams.all()[2].health->note_failure(UpstreamFailure::refused, "nobody is there");
  Figures all = figures();
  all.upstreams = figures_of(upstreams.all());
  all.workers[0].paths.piped = 2;
  all.workers[1].paths.piped = 3;
  const std::string text = page_of(all).text();
  for (const char* line :
       {"turnpike_upstream_up{upstream=\"127.0.0.1:7880\"} 0\n",
        "turnpike_upstream_up{upstream=\"[::1]:8080\"} 1\n",
        "turnpike_upstream_answers_total{upstream=\"127.0.0.1:7880\"} 2\n",
        "turnpike_upstream_answers_total{upstream=\"[::1]:8080\"} 0\n",
        "turnpike_upstream_failures_total{upstream=\"127.0.0.1:7880\",cause=\"refused\"} 1\n",
        "turnpike_upstream_failures_total{upstream=\"127.0.0.1:7880\",cause=\"closed\"} 0\n",
        "turnpike_piped_connections 5\n"})
    EXPECT_THAT(text, HasSubstr(line));
  all.upstreams.clear();
  EXPECT_THAT(page_of(all).text(), Not(HasSubstr("turnpike_upstream")));
}

TEST(Figures, LiveKit_s_dealings_are_told) {
  Figures all = figures();
  all.livekit.webhooks_done = 3;
  all.livekit.webhooks_refused.add(livekit::WebhookFault::expired);
  all.livekit.exchanges.add(livekit::ExchangeOutcome::limited, 4);
  all.livekit.reconciled_unix_s = 1800000001;
  const std::string text = page_of(all).text();
  EXPECT_THAT(text, HasSubstr("turnpike_webhooks_total{result=\"done\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_webhooks_total{result=\"expired\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_token_exchanges_total{result=\"limited\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_last_reconciliation_timestamp_seconds 1800000001\n"));
}

TEST(Figures, the_fleet_is_told_of_where_there_is_one) {
  Figures all = figures();
  all.fleet->is_connected = true;
  all.fleet->failures.add(redis::Cause::password_wrong, 3);
  all.fleet->nodes = 2;
  all.fleet->words = 5;
  all.fleet->records_refused.add(fleet::RecordFault::wrong_seal);
  const std::string text = page_of(all).text();
  for (const char* line :
       {"turnpike_redis_connected 1\n", "turnpike_redis_failures_total{cause=\"password_wrong\"} 3\n",
        "turnpike_redis_failures_total{cause=\"closed\"} 0\n", "turnpike_fleet_nodes 2\n",
        "turnpike_fleet_words 5\n", "turnpike_fleet_records_refused_total{cause=\"wrong_seal\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
  all.fleet.reset();
  const std::string alone = page_of(all).text();
  EXPECT_THAT(alone, Not(HasSubstr("turnpike_redis")));
  EXPECT_THAT(alone, Not(HasSubstr("turnpike_fleet")));
}

TEST(Figures, whoever_tries_out_the_server_is_counted) {
  Figures all = figures();
  all.check.add(check::Minting::limited, 5);
  all.ledger.places_of_visitors = 2;
  const std::string text = page_of(all).text();
  EXPECT_THAT(text, HasSubstr("turnpike_check_credentials_total{result=\"granted\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_check_credentials_total{result=\"limited\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_check_allocations 2\n"));
}

TEST(Figures, what_a_node_has_together_with_others_is_counted) {
  Figures all = figures();
  all.fleet->users_elsewhere = 5;
  all.fleet->users_sharing = 3;
  all.fleet->rooms_sharing = 2;
  const std::string text = page_of(all).text();
  EXPECT_THAT(text, HasSubstr("turnpike_fleet_users_elsewhere 5\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_fleet_limits_shared{of=\"users\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("turnpike_fleet_limits_shared{of=\"rooms\"} 2\n"));
}

}  // namespace
}  // namespace turnpike::metrics
