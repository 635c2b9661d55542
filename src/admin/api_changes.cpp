// What operators can change: relays that end, users who are barred, the log, and the process itself.
#include <algorithm>
#include <iterator>
#include <utility>

#include "turnpike/admin/answer.hpp"
#include "turnpike/admin/api.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/relay/allocation_id.hpp"

namespace turnpike::admin {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kEndedTold = 1000;  // of others the number

// Whoever may do these things is known to the system only; what was done must be known afterwards.
void log_change(std::string_view action, std::vector<log::Field> fields) {
  fields.insert(fields.begin(), {"action", std::string(action)});
  log::write(log::Event::administration, fields);
}

std::int64_t number(std::size_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

json::object Api::ended_json(const std::vector<worker::Session>& ended) const {
  const std::vector<worker::Session> told(
      ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(std::min(ended.size(), kEndedTold)));
  return {{"ended", sessions_json(told, find_room(), net::read_clock())}, {"ended_total", ended.size()}};
}

// Page by page: a name that many share may have thousands.
asio::awaitable<std::vector<worker::Session>> Api::end_all_of(
    std::shared_ptr<const std::vector<std::string>> user_ids) {
  std::vector<worker::Session> ended;
  worker::SessionQuery query;
  query.user_ids = std::move(user_ids);
  query.max = kSessionsMax;
  for (bool has_more = true; has_more;) {
    const worker::SessionPage page = co_await parts_.workers.find_sessions(query);
    std::vector<relay::AllocationId> ids;
    for (const worker::Session& session : page.sessions) ids.push_back(session.allocation);
    has_more = page.has_more && !ids.empty();
    if (has_more) query.after = ids.back();
    auto some = co_await parts_.workers.end(std::move(ids));
    std::ranges::move(some, std::back_inserter(ended));
  }
  co_return ended;
}

Api::Answer Api::end(const http::Request& request) {
  const auto asked = read_end_request(request.body);
  if (!asked) co_return fault(400, asked.error().what);
  std::vector<worker::Session> ended;
  std::vector<log::Field> fields;
  if (asked->allocation) {
    std::vector<relay::AllocationId> one(1, *asked->allocation);
    ended = co_await parts_.workers.end(std::move(one));
    fields.push_back({"allocation", relay::to_text(*asked->allocation)});
  } else if (asked->room) {
    ended = co_await end_all_of(users_of_room(*asked->room));
    fields.push_back({"room", *asked->room});
  } else {
    std::vector<std::string> one(1, *asked->user);
    ended = co_await end_all_of(std::make_shared<const std::vector<std::string>>(std::move(one)));
    fields.push_back({"user", *asked->user});
  }
  if (ended.empty()) co_return fault(404, "there is no such allocation");
  fields.push_back({"allocations", number(ended.size())});
  log_change("end", std::move(fields));
  co_return answer(ended_json(ended));
}

// The bar comes first, so that nothing slips through; and at the end what was about to begin is given up.
Api::Answer Api::bar(const http::Request& request) {
  const auto asked = read_bar_request(request.body);
  if (!asked) co_return fault(400, asked.error().what);
  turn::Ledger& ledger = parts_.workers.ledger();
  std::vector<worker::Session> ended;
  process_.share_bar(asked->user, std::chrono::seconds(asked->seconds));
  if (asked->seconds == 0) {
    ledger.lift_by_operator(asked->user);
  } else {
    ledger.bar_by_operator(asked->user, net::read_clock().monotonic + std::chrono::seconds(asked->seconds));
    std::vector<std::string> one(1, asked->user);
    ended = co_await end_all_of(std::make_shared<const std::vector<std::string>>(one));
    if (!co_await parts_.workers.revoke(std::move(one)))
      co_return fault(503, "a worker is late in ending what the user has; the bar holds");
  }
  std::vector<log::Field> fields;
  fields.push_back({"user", asked->user});
  fields.push_back({"allocations", number(ended.size())});
  fields.push_back({"seconds", std::int64_t{asked->seconds}});
  log_change("bar", std::move(fields));
  json::object out = ended_json(ended);
  out["user"] = json_text(asked->user);
  out["seconds"] = asked->seconds;
  co_return answer(out);
}

Api::Answer Api::reload() {
  const std::string refusal = co_await process_.reload();
  co_return refusal.empty() ? answer({{"reloaded", true}}) : fault(422, refusal);
}

Api::Answer Api::reload_in_words() {
  const std::string refusal = co_await process_.reload();
  co_return refusal.empty() ? http::Response{.body = "reloaded\n"}
                            : http::Response{.status = 422, .body = refusal + "\n"};
}

http::Response Api::drain() {
  log_change("drain", {});
  process_.drain();
  return answer({{"draining", true}});
}

http::Response Api::drain_node(const http::Request& request) {
  const auto asked = read_drain_request(request.body);
  if (!asked) return fault(400, asked.error().what);
  switch (process_.drain_node(asked->node)) {
    case Ordered::sent: break;
    case Ordered::alone: return fault(404, "this server is in no fleet: fleet.redis.url is not set");
    case Ordered::cut_off: return fault(503, "Redis is away: no other node can be told");
    case Ordered::unknown: return fault(404, "there is no such node");
  }
  log_change("drain_node", {{"node", asked->node}});
  return answer({{"node", asked->node}, {"ordered", true}});
}

http::Response Api::set_level(const http::Request& request) {
  const auto asked = read_level_request(request.body);
  if (!asked) return fault(400, asked.error().what);
  log_change("log_level", {{"log_level", std::string(to_string(*asked))}});
  log::set_level(*asked);
  return answer({{"level", to_string(*asked)}});
}

}  // namespace turnpike::admin
