#include "turnpike/admin/api.hpp"

#include <boost/json/parse.hpp>
#include <utility>

#include "turnpike/admin/answer.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::admin {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// The one for all clients first, then those for the names that they ask for.
std::vector<net::TlsFiles> files_of(const config::TlsConfig& tls) {
  const char* const min_version = tls.min_version == config::TlsVersion::tls1_3 ? "1.3" : "1.2";
  std::vector<net::TlsFiles> files{{tls.certificate, tls.key, min_version}};
  for (const auto& [name, pair] : tls.names) files.push_back({pair.certificate, pair.key, min_version});
  return files;
}

template <class List>
json::array texts(const List& list) {
  json::array array;
  for (const auto& each : list) array.emplace_back(each.to_string());
  return array;
}

}  // namespace

Api::Api(Parts parts, Process process)
    : parts_(std::move(parts)), process_(std::move(process)), started_(net::read_clock().monotonic) {}

std::vector<http::Route> Api::counts_routes() {
  return {{"GET", "/api/v1/counts", [this](const http::Request&) { return tell_counts(); }, 0, {}}};
}

std::vector<http::Route> Api::routes() {
  using http::Request;
  const auto get = [](const char* path, auto handler) {
    return http::Route{"GET", path, std::move(handler), 0, {}};
  };
  const auto post = [](const char* path, auto handler) {
    return http::Route{"POST", path, std::move(handler), kBodyBytesMax, {}};
  };
  return {get("/api/v1/status", [this](const Request&) { return tell_status(); }),
          get("/api/v1/sessions", [this](const Request& request) { return tell_sessions(request); }),
          get("/api/v1/refusals", [this](const Request& request) { return tell_refusals(request); }),
          get("/api/v1/certificates", [this](const Request&) { return tell_certificates(); }),
          get("/api/v1/log-level",
              [](const Request&) {
                return answer({{"level", to_string(log::level())}});
              }),
          post("/api/v1/log-level", [this](const Request& request) { return set_level(request); }),
          post("/api/v1/end", [this](const Request& request) { return end(request); }),
          post("/api/v1/bar", [this](const Request& request) { return bar(request); }),
          get("/api/v1/fleet", [this](const Request&) { return answer(process_.fleet()); }),
          post("/api/v1/fleet/drain", [this](const Request& request) { return drain_node(request); }),
          post("/api/v1/drain", [this](const Request&) { return drain(); }),
          post("/api/v1/reload", [this](const Request&) { return reload(); }),
          get("/engine", [this](const Request&) { return tell_engine(); }),
          post("/reload", [this](const Request&) { return reload_in_words(); })};
}

FindRoom Api::find_room() const {
  return [this](std::string_view user_id) { return parts_.registry.find(user_id); };
}

asio::awaitable<Counts> Api::read_counts() {
  Counts counts;
  counts.counters = worker::sum_of(co_await parts_.workers.read_counters());
  counts.bits_per_second = co_await parts_.workers.bits_per_second();
  counts.ledger = parts_.workers.ledger().counts(net::read_clock().monotonic);
  counts.workers = parts_.workers.size();
  counts.obstacle = process_.obstacle();
  co_return counts;
}

Api::Answer Api::tell_counts() {
  const Counts counts = co_await read_counts();
  co_return answer(counts_json(counts));
}

Api::Answer Api::tell_engine() {
  worker::EngineReport report = parts_.engine_report;
  if (parts_.engine != nullptr) {
    report.admissions = worker::sum_of(co_await parts_.workers.read_counters()).flows;
    report.flows = parts_.engine->flow_count();
    report.packets = parts_.engine->packets();
    report.interfaces = parts_.engine->choices();
  }
  co_return http::Response{.content_type = "application/json", .body = worker::engine_json(report)};
}

Api::Answer Api::tell_status() {
  const Counts counts = co_await read_counts();
  const http::Response engine = co_await tell_engine();
  const Now now = net::read_clock();
  const config::Config& config = process_.config();
  json::object out = counts_json(counts);
  out["version"] = process_.version;
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(now.monotonic - started_);
  out["since"] = date_text(now.unix_s - uptime.count());
  out["seconds"] = uptime.count();
  if (const std::string refusal = process_.refusal(); !refusal.empty())
    out["reload_refused"] = json_text(refusal);
  out["realm"] = json_text(config.realm);
  const auto listeners = parts_.workers.listeners();
  out["listeners"] = json::array(listeners.begin(), listeners.end());
  out["relay_addresses"] = texts(process_.relays());
  json::object& external = out["relay_external"].emplace_object();
  for (const auto& [local, seen] : config.relay.external)
    external[local.to_string()] = seen.plain().to_string();
  out["relay_ports"] = std::to_string(config.relay.ports.min) + "-" + std::to_string(config.relay.ports.max);
  out["engine"] = json::parse(engine.body);
  out["certificates"] = certificates();
  out["log_level"] = to_string(log::level());
  co_return answer(out);
}

json::array Api::certificates() const {
  json::array list;
  const config::Config& config = process_.config();
  if (config.listen.tls.empty()) return list;
  const UnixSeconds now_unix_s = net::read_clock().unix_s;
  for (const net::TlsFiles& files : files_of(config.tls))
    list.push_back(certificate_json(files, net::examine(files, now_unix_s), now_unix_s));
  return list;
}

http::Response Api::tell_certificates() const { return answer({{"certificates", certificates()}}); }

std::shared_ptr<const std::vector<std::string>> Api::users_of_room(const std::string& room) const {
  std::vector<std::string> users;
  for (const turn::Holder& holder : parts_.workers.ledger().holders()) {
    const auto where = parts_.registry.find(holder.user_id);
    if (where && where->room_name == room) users.push_back(holder.user_id);
  }
  return std::make_shared<const std::vector<std::string>>(std::move(users));
}

Api::Answer Api::tell_sessions(const http::Request& request) {
  const auto asked = read_sessions_request(request.query);
  if (!asked) co_return fault(400, asked.error().what);
  worker::SessionQuery query;
  query.after = asked->after;
  query.max = asked->limit;
  query.busiest = asked->busiest;
  if (asked->allocation) {
    query.after = *asked->allocation - 1;
    query.max = 1;
  }
  if (asked->room) query.user_ids = users_of_room(*asked->room);
  if (asked->user) {
    std::vector<std::string> one(1, *asked->user);
    query.user_ids = std::make_shared<const std::vector<std::string>>(std::move(one));
  }
  worker::SessionPage page = co_await parts_.workers.find_sessions(std::move(query));
  if (asked->allocation) {
    page.has_more = false;
    std::erase_if(page.sessions, [&](const auto& each) { return each.allocation != *asked->allocation; });
  }
  if (asked->room && asked->user) {
    std::erase_if(page.sessions, [&](const worker::Session& each) {
      const auto where = parts_.registry.find(each.user_id);
      return !where || where->room_name != *asked->room;
    });
  }
  json::object out{{"sessions", sessions_json(page.sessions, find_room(), net::read_clock())},
                   {"is_whole", page.is_whole}};
  if (page.has_more && !asked->busiest && !page.sessions.empty())
    out["next"] = out["sessions"].as_array().back().as_object()["allocation"];
  co_return answer(out);
}

Api::Answer Api::tell_refusals(const http::Request& request) {
  const auto asked = read_refusals_request(request.query);
  if (!asked) co_return fault(400, asked.error().what);
  const worker::RefusalQuery query = *asked;
  const auto refusals = co_await parts_.workers.find_refusals(query);
  json::object out{{"refusals", refusals_json(refusals)}};
  if (!query.user.empty()) {
    const Now now = net::read_clock();
    turn::Ledger& ledger = parts_.workers.ledger();
    out["allocations"] = ledger.held_by(query.user);
    out["is_barred"] = ledger.is_barred(query.user, now.monotonic);
    if (const auto until = ledger.barred_by_operator(query.user, now.monotonic))
      out["barred_for_s"] = std::chrono::ceil<std::chrono::seconds>(*until - now.monotonic).count();
  }
  co_return answer(out);
}

}  // namespace turnpike::admin
