// Packets whose content follows from their number, and the statistics of a run.
#include "turnpike/probe/traffic.hpp"

#include <algorithm>

#include "turnpike/base/check.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/stun/attribute.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::probe {
namespace {

// Nearest rank: the smallest value that at least `percent` of 100 are not above.
Duration percentile(const std::vector<Duration>& sorted, std::size_t percent) {
  return sorted.empty() ? Duration{} : sorted[(sorted.size() * percent + 99) / 100 - 1];
}

stun::TransactionId id_of(const Run& run, std::uint32_t number) {
  stun::TransactionId id;
  std::ranges::copy(run, id.begin());
  store_be32(id.data() + run.size(), number);
  return id;
}

}  // namespace

std::vector<std::uint8_t> make_packet(std::uint32_t number, std::size_t size) {
  TURNPIKE_CHECK(size >= kPacketMin);
  std::vector<std::uint8_t> packet(size);
  store_be32(packet.data(), number);
  SeededRandom content(std::uint64_t{number} << 32 | size);
  content.fill(MutableBytes{packet}.subspan(4));
  return packet;
}

std::optional<std::uint32_t> read_packet(Bytes bytes) {
  if (bytes.size() < kPacketMin) return std::nullopt;
  const std::uint32_t number = load_be32(bytes.data());
  return std::ranges::equal(bytes, make_packet(number, bytes.size())) ? std::optional(number) : std::nullopt;
}

std::vector<std::uint8_t> make_question(const Run& run, std::uint32_t number) {
  std::vector<std::uint8_t> request(stun::kHeaderSize);
  const stun::MessageBuilder message(request, stun::Method::binding, stun::Class::request,
                                     id_of(run, number));
  return request;
}

std::optional<Answer> read_answer(Bytes bytes, const Run& run) {
  const auto message = stun::MessageView::parse(bytes);
  if (!message || message->method() != stun::Method::binding) return std::nullopt;
  if (message->cls() != stun::Class::success && message->cls() != stun::Class::error) return std::nullopt;
  const stun::TransactionId id = message->transaction_id();
  Answer answer{.number = load_be32(id.data() + run.size())};
  if (id != id_of(run, answer.number)) return std::nullopt;
  if (const auto mapped = message->find(stun::Attr::xor_mapped_address))
    answer.seen = stun::read_xor_address(*mapped, id);
  return answer;
}

void TrafficTally::on_received(std::optional<std::uint32_t> number, std::size_t size, TimePoint now) {
  if (!number || *number >= packets_.size()) {
    ++corrupt_;
  } else if (Packet& packet = packets_[*number]; packet.rtt) {
    ++duplicated_;
  } else {
    packet.rtt = now - packet.sent;
    ++received_;
    bytes_ += size;
    last_received_ = now;
  }
}

TrafficSummary TrafficTally::summary() const {
  std::vector<Duration> rtts;
  for (const Packet& packet : packets_) {
    if (packet.rtt) rtts.push_back(*packet.rtt);
  }
  std::ranges::sort(rtts);
  TrafficSummary summary{.sent = static_cast<std::uint32_t>(packets_.size()),
                         .received = received_,
                         .duplicated = duplicated_,
                         .corrupt = corrupt_,
                         .rtt_min = rtts.empty() ? Duration{} : rtts.front(),
                         .rtt_median = percentile(rtts, 50),
                         .rtt_p99 = percentile(rtts, 99)};
  if (received_ > 0 && last_received_ > packets_.front().sent) {
    const std::chrono::duration<double> elapsed = last_received_ - packets_.front().sent;
    summary.bits_per_second = static_cast<double>(bytes_) * 8 / elapsed.count();
  }
  return summary;
}

}  // namespace turnpike::probe
