// Attacks, all of which must end in silence, a challenge or a closed connection.
#include "strangers.hpp"

#include "turnpike/stun/builder.hpp"

namespace turnpike::sim {
namespace {

constexpr std::size_t kOverheardMax = 256;

std::vector<std::uint8_t> random_bytes(Dice& dice, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  dice.random().fill(bytes);
  return bytes;
}

}  // namespace

void Strangers::overhear(const FiveTuple& tuple, Bytes packet) {
  const bool is_request = packet.size() >= stun::kHeaderSize && packet[0] == 0 && packet[1] != 0x16;
  if (!is_request || !dice_.chance(50)) return;
  Overheard overheard{tuple, {packet.begin(), packet.end()}};
  if (overheard_.size() < kOverheardMax) {
    overheard_.push_back(std::move(overheard));
  } else {
    dice_.pick(overheard_) = std::move(overheard);
  }
}

// Sometimes with the first byte of something that is understood.
std::vector<std::uint8_t> Strangers::garbage() {
  std::vector<std::uint8_t> bytes = random_bytes(dice_, dice_.below(200));
  constexpr std::uint8_t kFirstBytes[] = {0x00, 0x01, 0x40, 0x4F, 0x16, 0x80};
  if (!bytes.empty()) bytes[0] = dice_.pick(kFirstBytes);
  return bytes;
}

stun::TransactionId Strangers::some_transaction() {
  stun::TransactionId id;
  dice_.random().fill(id);
  if (overheard_.empty() || dice_.chance(300)) return id;
  const auto message = stun::MessageView::parse(dice_.pick(overheard_).request);
  return message ? message->transaction_id() : id;
}

// Well formed, with any method, class and attributes, and an integrity that nobody's key gives.
std::vector<std::uint8_t> Strangers::random_message(const stun::TransactionId& id) {
  std::array<std::uint8_t, 1024> buffer;
  const auto method = static_cast<stun::Method>(1 + dice_.below(13));
  const auto cls = dice_.chance(800) ? stun::Class::request : static_cast<stun::Class>(dice_.below(4));
  stun::MessageBuilder message(buffer, method, cls, id);
  constexpr stun::Attr kAttributes[] = {stun::Attr::username,
                                        stun::Attr::realm,
                                        stun::Attr::nonce,
                                        stun::Attr::xor_peer_address,
                                        stun::Attr::lifetime,
                                        stun::Attr::channel_number,
                                        stun::Attr::data,
                                        stun::Attr::even_port,
                                        stun::Attr::reservation_token,
                                        stun::Attr::userhash,
                                        stun::Attr{0x7F00}};
  for (std::uint32_t count = dice_.below(6); count > 0; --count) {
    message.add(dice_.pick(kAttributes), random_bytes(dice_, dice_.below(40)));
  }
  if (dice_.chance(500)) message.add_integrity_sha1(random_bytes(dice_, 16));
  const Bytes bytes = message.bytes();
  return {bytes.begin(), bytes.end()};
}

void Strangers::throw_at(const FiveTuple& tuple, std::vector<std::uint8_t> bytes) {
  network_.carry({std::move(bytes), true},
                 [this, tuple](const Parcel& parcel) { site_.on_datagram(tuple, parcel); });
}

void Strangers::act() {
  const Geography& geography = site_.geography();
  FiveTuple own{{IpAddress::v4(198, 51, 200, static_cast<std::uint8_t>(dice_.below(8))), 4000},
                ServerEndpoint(geography.listener_v4)};
  const FiveTuple forged = crowd_.random_host().tuple;
  const bool forge = dice_.chance(500) && forged.transport == Transport::udp && forged.client.port != 0;
  const FiveTuple& tuple = forge ? forged : own;
  switch (dice_.below(4)) {
    case 0: return throw_at(tuple, garbage());
    case 1: return throw_at(tuple, random_message(some_transaction()));
    case 2: return replay(own);
    default: return open_stream();
  }
}

// From the wrong address or the wrong port.
void Strangers::replay(FiveTuple tuple) {
  if (overheard_.empty()) return;
  const Overheard& overheard = dice_.pick(overheard_);
  if (dice_.chance(500)) {
    tuple.client.port = overheard.tuple.client.port;
  } else {
    tuple.client.address = overheard.tuple.client.address;
  }
  throw_at(tuple, overheard.request);
}

void Strangers::open_stream() {
  const std::uint32_t path = next_path_++;
  const FiveTuple tuple{{IpAddress::v4(198, 51, 201, 1), static_cast<std::uint16_t>(path)},
                        ServerEndpoint(site_.geography().listener_v4),
                        Transport::tcp};
  site_.accept_stream(path, tuple, 0);
  const auto pipe =
      std::make_shared<Pipe>(timeline_, dice_,
                             Pipe::Reader{[this, path](Bytes bytes) { site_.on_stream_bytes(path, bytes); },
                                          [this, path] { site_.on_stream_end(path); }});
  pipe->write(random_message(some_transaction()));
  pipe->write(dice_.chance(500) ? garbage() : random_message(some_transaction()));
  pipe->finish();
}

}  // namespace turnpike::sim
