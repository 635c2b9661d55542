#include "turnpike/worker/refusals.hpp"

#include <algorithm>
#include <functional>

namespace turnpike::worker {
namespace {

bool is_challenge(turn::Cause cause) {
  return cause == turn::Cause::no_credentials || cause == turn::Cause::stale_nonce ||
         cause == turn::Cause::foreign_nonce;
}

RefusalRecord record_of(const turn::RequestRefused& refused, const Now& now) {
  RefusalRecord record;
  record.at_unix_s = now.unix_s;
  record.at = now.monotonic;
  record.tuple = refused.client.tuple;
  record.method = refused.method;
  record.cause = refused.refusal.cause;
  record.code = static_cast<std::uint16_t>(refused.refusal.code());
  record.user_is_proven = refused.user_is_proven;
  record.user_size =
      static_cast<std::uint8_t>(refused.user.copy(record.user_bytes.data(), RefusalRecord::kUserMax));
  record.peer = refused.refusal.peer.value_or(IpAddress{});
  if (refused.refusal.detour) record.alternate = refused.refusal.detour->first;
  return record;
}

}  // namespace

bool RefusalQuery::matches(const RefusalRecord& record) const {
  if (address) {
    const ClientEndpoint& client = record.tuple.client;
    return client.address == *address && (port == 0 || client.port == port);
  }
  return user.empty() || record.user() == std::string_view(user).substr(0, RefusalRecord::kUserMax);
}

void RefusalRing::add(const RefusalRecord& record) {
  if (records_.size() < capacity_) return records_.push_back(record);
  records_[next_] = record;
  next_ = (next_ + 1) % capacity_;
}

void RefusalRing::find(const RefusalQuery& query, std::vector<RefusalRecord>& found) const {
  for (std::size_t i = 0; i < records_.size() && found.size() < query.max; ++i) {
    const RefusalRecord& record = records_[(next_ + records_.size() - 1 - i) % records_.size()];
    if (query.matches(record)) found.push_back(record);
  }
}

void Refusals::add(const turn::RequestRefused& refused, const Now& now) {
  const RefusalRecord record = record_of(refused, now);
  (is_challenge(record.cause) ? challenges_ : records_).add(record);
}

std::vector<RefusalRecord> Refusals::find(const RefusalQuery& query) const {
  std::vector<RefusalRecord> found, challenges;
  records_.find(query, found);
  challenges_.find(query, challenges);
  found.insert(found.end(), challenges.begin(), challenges.end());
  std::ranges::stable_sort(found, std::ranges::greater(), &RefusalRecord::at);
  if (found.size() > query.max) found.resize(query.max);
  return found;
}

}  // namespace turnpike::worker
