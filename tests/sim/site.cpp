// Inputs to the workers and what becomes of their effects.
#include "site.hpp"

#include <algorithm>

#include "turnpike/stun/framing.hpp"

namespace turnpike::sim {

using relay::Verdict;
using std::chrono::milliseconds;

namespace {

namespace errc = boost::system::errc;

// Whether a relay socket opens: of ten, nine.
boost::system::error_code some_outcome(Dice& dice) {
  if (dice.chance(900)) return {};
  return make_error_code(dice.chance(900) ? errc::address_in_use : errc::permission_denied);
}

}  // namespace

Site::Site(const SiteOptions& options, const Geography& geography, Timeline& timeline, Dice& dice,
           Referee& referee, Exits exits)
    : options_(options),
      geography_(geography),
      timeline_(timeline),
      dice_(dice),
      referee_(referee),
      exits_(std::move(exits)),
      nonce_key_(turn::NonceFactory::random_key(dice.random())),
      rules_(geography),
      auditor_(
          {options.users, options.shared_every, options.ports}, geography, rules_, ground_, referee,
          [this](const Endpoint& outside) { return ledger_->is_live_relay(geography_.local(outside)); }) {
  for (std::uint32_t user = 0; user < options.users; ++user) passwords_[user_name(user)] = "first";
  credentials_ = std::make_shared<People>(passwords_, kRealm, options.shared_every);
  build();
}

relay::Client Site::client_on(const FiveTuple& tuple, std::uint32_t path) const {
  return {tuple, {static_cast<std::uint32_t>(ByteHash{}(tuple) % options_.workers), path}};
}

void Site::on_datagram(const FiveTuple& tuple, const Parcel& parcel) {
  on_packet(client_on(tuple, kDatagramPath), parcel);
}

void Site::accept_stream(std::uint32_t path, const FiveTuple& tuple, std::uint32_t incarnation) {
  streams_[path] = {client_on(tuple, path), incarnation, {}};
  ground_.streams[path] = tuple;
}

void Site::on_stream_bytes(std::uint32_t path, Bytes bytes) {
  const auto stream = streams_.find(path);
  if (stream == streams_.end()) return;
  std::vector<std::uint8_t>& received = stream->second.received;
  received.insert(received.end(), bytes.begin(), bytes.end());
  std::size_t taken = 0;
  while (true) {
    const Bytes rest = Bytes{received}.subspan(taken);
    const auto frame = stun::next_frame(rest, false);
    if (!frame) {
      referee_.saw("stream out of frame");
      return on_stream_end(path);
    }
    if (!*frame || (*frame)->wire_size > rest.size()) break;
    const Bytes message = rest.first((*frame)->size);
    taken += (*frame)->wire_size;
    on_packet(
        stream->second.client,
        {{message.begin(), message.end()}, stream->second.incarnation == 0, stream->second.incarnation});
  }
  received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(taken));
}

void Site::on_stream_end(std::uint32_t path) {
  const auto stream = streams_.find(path);
  if (stream == streams_.end()) return;
  const relay::Client client = stream->second.client;
  streams_.erase(stream);
  ground_.streams.erase(path);
  exits_.close_stream(path);
  auditor_.client_closed(client.tuple);
  shard_of(client).server.on_client_closed(client.tuple, timeline_.clocks());
  drain(shard_of(client));
}

void Site::on_packet(const relay::Client& client, const Parcel& parcel) {
  exits_.heard(client, parcel);
  Shard& shard = shard_of(client);
  const Verdict verdict = shard.forwarder.from_client(parcel.bytes, client.tuple, timeline_.now());
  auditor_.from_client(client, parcel, verdict, timeline_.now());
  if (verdict.kind == Verdict::Kind::to_peer) {
    const Parcel onward{join(verdict.parts), parcel.damaged};
    exits_.to_peer(geography_.external.to_external(verdict.along->route.relay).plain(),
                   geography_.external.to_external(verdict.peer).plain(), onward);
  } else if (verdict.kind == Verdict::Kind::punt) {
    auditor_.begin(client, parcel);
    shard.server.on_client(parcel.bytes, client, timeline_.clocks());
    drain(shard);
    auditor_.end();
  }
}

void Site::on_peer(const Endpoint& relay, const Endpoint& peer, const Parcel& parcel) {
  const RelayEndpoint local_relay = geography_.local_relay(relay);
  const auto socket = ground_.open.find(local_relay);
  if (socket == ground_.open.end()) return referee_.saw("peer met a closed relay");
  std::array<std::uint8_t, relay::kHeaderMax> header;
  const Verdict verdict = shards_[socket->second.shard]->forwarder.from_peer(
      parcel.bytes, local_relay, ExternalEndpoint(peer), header, timeline_.now());
  auditor_.from_peer(local_relay, geography_.local(peer), parcel.bytes, verdict, timeline_.now());
  if (verdict.kind != Verdict::Kind::to_client) return;
  const relay::Route& route = verdict.along->route;
  exits_.to_client({route.client, route.ref}, {join(verdict.parts), parcel.damaged});
}

void Site::on_icmp(const Endpoint& relay, const turn::IcmpError& error) {
  const RelayEndpoint local_relay = geography_.local_relay(relay);
  const auto socket = ground_.open.find(local_relay);
  if (socket == ground_.open.end()) return;
  Shard& shard = *shards_[socket->second.shard];
  turn::IcmpError local_error = error;
  local_error.peer = geography_.local(error.peer.plain());
  auditor_.icmp(local_relay, local_error.peer);
  shard.server.on_icmp(local_relay, local_error, timeline_.clocks());
  drain(shard);
  auditor_.end();
}

void Site::drain(Shard& shard) {
  while (const auto effect = shard.server.next_effect()) {
    auditor_.witness(shard, *effect, timeline_.now());
    std::visit([&](const auto& one) { perform(shard, one); }, *effect);
  }
  plan_wake(shard);
}

// Sometimes a worker is late.
void Site::plan_wake(Shard& shard) {
  const auto next = shard.server.next_deadline();
  if (!next || (shard.wake && *shard.wake <= *next)) return;
  shard.wake = *next;
  const Duration lateness = dice_.chance(100) ? dice_.between({}, std::chrono::seconds(4)) : Duration{};
  timeline_.at(*next + lateness, [this, worker = shard.worker, life = life_] {
    if (life != life_) return;
    Shard& due = *shards_[worker];
    due.wake.reset();
    due.server.on_deadline(timeline_.clocks());
    drain(due);
  });
}

void Site::perform(Shard&, const turn::SendToClient& effect) { exits_.to_client(effect.to, {effect.bytes}); }

// Most relays open at once, from inside the loop that drains the effects; some take their time, some ports
// are taken by others.
void Site::perform(Shard& shard, const turn::OpenRelay& effect) {
  ground_.opening[effect.relay] = {shard.worker, effect.allocation, effect.reserves_next};
  const bool is_kept = ground_.reserved.erase(effect.relay) > 0;
  const auto error = is_kept ? boost::system::error_code{} : some_outcome(dice_);
  if (dice_.chance(400)) return answer_open(shard.worker, effect.relay, error);
  const Duration wait =
      dice_.chance(100) ? dice_.between({}, std::chrono::seconds(20)) : dice_.between({}, milliseconds(80));
  timeline_.after(wait, [this, worker = shard.worker, relay = effect.relay, error, life = life_] {
    if (life != life_) return;
    answer_open(worker, relay, error);
    drain(*shards_[worker]);
  });
}

void Site::perform(Shard& shard, const turn::EndAbandoned& effect) {
  ground_.placeless.insert(effect.allocation);
  const auto answer = [this, worker = shard.worker, effect, life = life_] {
    if (life != life_) return;
    end_abandoned(effect);
    ground_.placeless.erase(effect.allocation);
    shards_[worker]->server.on_abandoned_ended(effect.allocation, timeline_.clocks());
    drain(*shards_[worker]);
  };
  if (dice_.chance(400)) return answer();
  timeline_.after(dice_.between({}, milliseconds(80)), answer);
}

void Site::end_abandoned(const turn::EndAbandoned& wanted) {
  const auto heard_by = [](const Shard& shard) {
    return [&shard](relay::AllocationId id) { return shard.routes.traffic(id).heard; };
  };
  std::vector<turn::Silent> silent;
  for (const auto& shard : shards_) {
    const auto more = shard->server.silent_of(wanted.user_id, heard_by(*shard), timeline_.clocks());
    silent.insert(silent.end(), more.begin(), more.end());
  }
  std::ranges::sort(silent);
  std::uint32_t ended = silent.size() < wanted.places ? wanted.places : 0;
  for (const turn::Silent& each : silent) {
    if (ended == wanted.places) break;
    Shard& shard = *shards_[each.allocation >> 48];
    if (shard.server.end_silent(each, heard_by(shard), timeline_.clocks())) ++ended;
    drain(shard);
  }
}

void Site::answer_open(std::uint32_t worker, const RelayEndpoint& relay, boost::system::error_code error) {
  const RelaySocket socket = ground_.opening.at(relay);
  ground_.opening.erase(relay);
  if (!has_v6_ && relay.family() == Family::ipv6) error = make_error_code(errc::address_not_available);
  if (!error) ground_.open[relay] = socket;
  if (!error && socket.reserves_next) ground_.reserved.insert(turn::partner_of(relay));
  if (error) auditor_.not_opened(relay, socket.reserves_next);
  if (error == errc::address_in_use) referee_.saw("port in use");
  shards_[worker]->server.on_relay_opened(socket.allocation, relay, error, timeline_.clocks());
}

void Site::perform(Shard& shard, const turn::CloseRelay& effect) {
  ground_.open.erase(effect.relay);
  closed_.emplace_back(timeline_.now(), effect.relay);
  shard.server.on_relay_closed(effect.relay, timeline_.clocks());
}

void Site::perform(Shard& shard, const turn::PublishRoute& effect) { shard.routes.publish(effect.route); }
void Site::perform(Shard& shard, const turn::RetractRoute& effect) { shard.routes.retract(effect.route); }

void Site::perform(Shard&, const turn::AllocationStarted&) {}
void Site::perform(Shard&, const turn::RequestRefused&) {}

void Site::perform(Shard& shard, const turn::AllocationEnded& effect) {
  exits_.allocation_ended(effect);
  auditor_.settle_traffic(effect.allocation, shard.routes.take_traffic(effect.allocation));
}

}  // namespace turnpike::sim
