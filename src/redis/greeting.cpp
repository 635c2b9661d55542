#include "turnpike/redis/greeting.hpp"

namespace turnpike::redis {
namespace {

using Verdict = std::optional<Failure>;

Failure unexpected(std::string what) { return {Cause::malformed, "no answer to " + std::move(what)}; }

// A server that does not know AUTH repeats the password in its error, so no more is told than its first word.
Verdict judge_auth(const Reply& reply) {
  if (!reply.is_error()) return reply.is_status() ? Verdict() : unexpected("AUTH");
  Failure failure = failure_of(reply.text);
  if (failure.cause == Cause::refused)
    failure.detail = "AUTH " + failure.detail.substr(0, failure.detail.find(' '));
  return failure;
}

Verdict judge_select(const Reply& reply) {
  if (reply.is_error()) return failure_of(reply.text);
  return reply.is_status() ? Verdict() : unexpected("SELECT");
}

// Rules for users may refuse what is not needed to work, and proxies may not know it.
Verdict without_need(Verdict verdict) {
  const bool is_refused =
      verdict && (verdict->cause == Cause::refused || verdict->cause == Cause::not_permitted);
  return is_refused && !verdict->detail.starts_with("DENIED") ? Verdict() : verdict;
}

// A name is only for whoever looks at the list of clients. But a server that sends clients away says so in
// place of its first answer.
Verdict judge_name(const Reply& reply) {
  return reply.is_error() ? without_need(failure_of(reply.text)) : Verdict();
}

Verdict judge_told_role(const Reply& reply) {
  if (reply.is_error()) return failure_of(reply.text);
  if (!reply.is_array() || reply.elements.empty() || !reply.elements.front().is_string())
    return unexpected("ROLE");
  if (reply.elements.front().text == "master") return std::nullopt;
  return Failure{Cause::not_a_master, ""};
}

Verdict judge_role(const Reply& reply) { return without_need(judge_told_role(reply)); }

Verdict judge_subscribed(const Reply& reply) {
  if (reply.is_error()) return failure_of(reply.text);
  const bool fits = reply.is_array() && reply.elements.size() == 3 && reply.elements[0].text == "subscribe";
  return fits ? Verdict() : unexpected("SUBSCRIBE");
}

Verdict judge_pong(const Reply& reply) {
  if (reply.is_error()) return failure_of(reply.text);
  const bool fits = reply.is_status() ||
                    (reply.is_array() && reply.elements.size() == 2 && reply.elements[0].text == "pong");
  return fits ? Verdict() : unexpected("PING");
}

}  // namespace

std::vector<Step> steps_of(const Greeting& greeting) {
  std::vector<Step> steps;
  if (!greeting.user.empty()) {
    steps.push_back({{"AUTH", greeting.user, greeting.password}, judge_auth});
  } else if (!greeting.password.empty()) {
    steps.push_back({{"AUTH", greeting.password}, judge_auth});
  }
  if (greeting.database != 0) steps.push_back({{"SELECT", std::to_string(greeting.database)}, judge_select});
  if (!greeting.name.empty()) steps.push_back({{"CLIENT", "SETNAME", greeting.name}, judge_name});
  if (greeting.role == Greeting::Role::master_if_told) steps.push_back({{"ROLE"}, judge_role});
  if (greeting.role == Greeting::Role::master_certainly) steps.push_back({{"ROLE"}, judge_told_role});
  if (!greeting.channels.empty()) {
    Command subscribe{"SUBSCRIBE"};
    subscribe.insert(subscribe.end(), greeting.channels.begin(), greeting.channels.end());
    steps.push_back({std::move(subscribe), judge_subscribed, greeting.channels.size()});
  }
  return steps;
}

Step ping() { return {{"PING"}, judge_pong}; }

}  // namespace turnpike::redis
