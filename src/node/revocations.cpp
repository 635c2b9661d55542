#include "turnpike/node/revocations.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::node {
namespace {

namespace asio = boost::asio;

fleet::Said in_milliseconds(UnixSeconds said) {
  return std::min<fleet::Said>(static_cast<fleet::Said>(std::max<UnixSeconds>(said, 0)),
                               fleet::kSaidMax / 1000) *
         1000;
}

// Late workers end what they have when they can; the bar holds meanwhile.
asio::awaitable<void> end(Revocations::Revoke revoke, std::vector<std::string> user_ids) {
  co_await revoke(std::move(user_ids));
}

}  // namespace

Revocations::Revocations(asio::io_context& context, FleetService& service, turn::Ledger& ledger,
                         Revoke revoke)
    : context_(context), service_(service), ledger_(ledger), revoke_(std::move(revoke)) {
  service.on_tick([this](const Now&) { follow(); });
}

bool Revocations::bar(const std::string& user_id, Duration life, UnixSeconds said) {
  return !service_.is_shared() || service_.fleet().bars().bar(fleet::Authority::livekit, user_id, life,
                                                              in_milliseconds(said), net::read_clock());
}

bool Revocations::lift(const std::string& user_id, UnixSeconds said) {
  return !service_.is_shared() || service_.fleet().bars().lift(fleet::Authority::livekit, user_id,
                                                               in_milliseconds(said), net::read_clock());
}

bool Revocations::is_barred(const std::string& user_id) const {
  return service_.is_shared() &&
         service_.fleet()
             .bars()
             .barred_until(fleet::Authority::livekit, user_id, net::read_clock().monotonic)
             .has_value();
}

// Without a time of its own it is later than all that was heard.
void Revocations::bar_by_operator(const std::string& user_id, Duration life) {
  if (!service_.is_shared()) return;
  const Now now = net::read_clock();
  fleet::SharedBars& bars = service_.fleet().bars();
  static_cast<void>(life > Duration{} ? bars.bar(fleet::Authority::operators, user_id, life, {}, now)
                                      : bars.lift(fleet::Authority::operators, user_id, {}, now));
  service_.send();
}

void Revocations::follow() {
  std::vector<std::string> barred;
  for (const fleet::Verdict& verdict : service_.fleet().bars().take_verdicts()) {
    put_in_force(verdict);
    if (verdict.until) barred.push_back(verdict.user_id);
  }
  if (barred.empty()) return;
  std::int64_t held = 0;
  for (const std::string& user_id : barred) held += ledger_.held_by(user_id);
  if (held > 0) log::write(log::Event::revoked, {{"reason", std::string("fleet")}, {"allocations", held}});
  asio::co_spawn(context_, end(revoke_, std::move(barred)), redis::rethrow);
}

void Revocations::put_in_force(const fleet::Verdict& verdict) {
  const auto& [authority, user_id, until] = verdict;
  if (authority == fleet::Authority::operators) {
    until ? ledger_.bar_by_operator(user_id, *until) : ledger_.lift_by_operator(user_id);
  } else {
    until ? ledger_.bar(user_id, *until) : ledger_.lift(user_id);
  }
}

}  // namespace turnpike::node
