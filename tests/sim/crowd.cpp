// Between the clients and the wire.
#include "crowd.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "half_refresh.hpp"

namespace turnpike::sim {

Crowd::Crowd(std::uint32_t clients, Site& site, Network& network, Timeline& timeline, Dice& dice,
             Referee& referee)
    : site_(site), network_(network), timeline_(timeline), dice_(dice), referee_(referee), hosts_(clients) {
  for (HostId id = 0; id < clients; ++id) hosts_[id].id = id;
}

std::string Crowd::user_to_revoke() {
  for (int tries = 0; tries < 20; ++tries) {
    const ClientHost& host = dice_.pick(hosts_);
    if (host.is_online() && host.relayed.empty()) return host.user;
  }
  return "user" + std::to_string(dice_.below(site_.users()));
}

HostId Crowd::at(const FiveTuple& tuple) const {
  const auto found = by_tuple_.find(tuple);
  return found == by_tuple_.end() ? kNobody : found->second;
}

HostId Crowd::at_relay(const Endpoint& relay) const {
  const FiveTuple* owner = site_.book().owner(relay, timeline_.now());
  return owner == nullptr ? kNobody : at(*owner);
}

void Crowd::connect(ClientHost& host, Transport transport, Family family) {
  const Geography& geography = site_.geography();
  const bool v4 = family == Family::ipv4;
  // Streams need a port of their own; a datagram client mostly comes back on its old one, where its old
  // allocation may still live.
  if (is_stream(transport) || dice_.chance(300)) ++host.port;
  ++host.incarnation;
  host.tuple = {{Geography::client(host.id, family), host.port},
                ServerEndpoint(v4 ? geography.listener_v4 : geography.listener_v6),
                transport};
  by_tuple_[host.tuple] = host.id;
  host.path = kDatagramPath;
  if (!is_stream(transport)) return;
  const std::uint32_t path = host.path = next_path_++;
  site_.accept_stream(path, host.tuple, host.incarnation);
  host.up =
      std::make_shared<Pipe>(timeline_, dice_,
                             Pipe::Reader{[this, path](Bytes bytes) { site_.on_stream_bytes(path, bytes); },
                                          [this, path] { site_.on_stream_end(path); }});
  down_[path] = std::make_shared<Pipe>(
      timeline_, dice_,
      Pipe::Reader{[this, path, &host](Bytes bytes) {
                     if (host.path == path)
                       receive(host, {{bytes.begin(), bytes.end()}, false, host.incarnation});
                   },
                   [this, path, &host] {
                     if (host.path == path) forget(host);
                     down_.erase(path);
                   }});
}

// The client is gone. What it wrote to its stream still arrives, and then the stream's end.
void Crowd::forget(ClientHost& host) {
  if (host.up) host.up->finish();
  host.up.reset();
  host.path = 0;
  host.turn.reset();
  host.wake.reset();
  host.restless = false;
  host.relayed.clear();
  host.contacts.clear();
}

void Crowd::on_datagram(const FiveTuple& tuple, const Parcel& sent) {
  const HostId id = at(tuple);
  if (id == kNobody) return;  // a stranger's
  ClientHost& host = hosts_[id];
  network_.carry({sent.bytes, sent.damaged, host.incarnation}, [this, tuple, &host](const Parcel& parcel) {
    if (host.is_online() && host.tuple == tuple) receive(host, parcel);
  });
}

void Crowd::on_stream_bytes(std::uint32_t path, Bytes bytes) {
  if (const auto pipe = down_.find(path); pipe != down_.end()) pipe->second->write(bytes);
}

void Crowd::on_stream_end(std::uint32_t path) {
  if (const auto pipe = down_.find(path); pipe != down_.end()) pipe->second->finish();
}

void Crowd::on_allocation_ended(const turn::AllocationEnded& effect) {
  const HostId id = at(effect.client.tuple);
  if (id == kNobody || effect.reason != turn::EndReason::expired || timeline_.lived() < excused_until_)
    return;
  const ClientHost& host = hosts_[id];
  const bool wants_it = host.is_online() && host.tuple == effect.client.tuple && !host.restless &&
                        std::ranges::equal(host.relayed, effect.relayed, {}, {}, &ExternalEndpoint::plain);
  if (wants_it)
    referee_.violation(
        fmt::format("the allocation of client {} expired although it was there to renew it", id));
}

void Crowd::receive(ClientHost& host, const Parcel& parcel) {
  if (!host.is_online()) return;
  // What was meant for the same host an hour ago may be read as anything.
  damaged_ = parcel.damaged || parcel.incarnation != host.incarnation;
  host.turn->on_receive(parcel.bytes, timeline_.now());
  pump(host);
}

void Crowd::pump(ClientHost& host) {
  for (const client::Output& output : host.turn->drain()) {
    std::visit([&](const auto& one) { on(host, one); }, output);
    if (!host.is_online()) return;
  }
  plan_wake(host);
}

void Crowd::plan_wake(ClientHost& host) {
  const auto next = host.turn->next_deadline();
  if (!next || (host.wake && *host.wake <= *next)) return;
  host.wake = *next;
  timeline_.at(*next, [this, &host, when = *next] {
    if (host.wake != when) return;
    host.wake.reset();
    damaged_ = false;
    host.turn->on_deadline(timeline_.now());
    pump(host);
  });
}

void Crowd::on(ClientHost& host, const client::Transmit& output) {
  std::vector<std::uint8_t> bytes = output.bytes;
  if (host.relayed.size() == 2 && dice_.chance(300)) {
    auto half = for_one_half(bytes, dice_.pick(host.relayed).family(), host.user, host.password);
    host.restless |= !half.empty();
    if (!half.empty()) bytes = std::move(half);
  }
  if (host.up) return host.up->write(bytes);
  network_.carry({std::move(bytes), false, host.incarnation},
                 [this, tuple = host.tuple](const Parcel& parcel) { site_.on_datagram(tuple, parcel); });
}

void Crowd::on(ClientHost& host, const client::MappedAddress& output) {
  if (!damaged_ && output.mapped != host.tuple.client.plain())
    referee_.violation("a Binding response names another address");
  referee_.saw("binding");
}

void Crowd::on(ClientHost& host, const client::Allocated& output) {
  if (host.impostor) return referee_.violation("a client with a wrong password has an allocation");
  if (output.mapped != host.tuple.client.plain())
    return referee_.violation("an Allocate response names another client");
  host.relayed = output.relayed;
  host.token = output.reservation_token;
}

void Crowd::on(ClientHost& host, const client::Refreshed& output) {
  if (output.lifetime_s == 0) forget(host);
}

void Crowd::on(ClientHost&, const client::PermissionCreated&) { referee_.saw("client has permission"); }
void Crowd::on(ClientHost&, const client::ChannelBound&) { referee_.saw("client has channel"); }

void Crowd::on(ClientHost& host, const client::Data& output) {
  const auto letter = open(output.bytes);
  if (!letter || damaged_) return referee_.saw("unreadable letter");
  if (letter->to != host.id) {
    return referee_.violation(fmt::format("client {} got what was meant for {}", host.id, letter->to));
  }
  const bool from_client = letter->from < kFirstPeer;
  const bool right = from_client ? letter->sequence < letters_sent(letter->from)
                                 : Geography::peer(letter->from) == output.peer;
  if (!right)
    return referee_.violation(
        fmt::format("client {} got a letter of {} from {}", host.id, letter->from, output.peer.to_string()));
  referee_.saw(from_client ? "letter between clients" : "letter from peer");
}

void Crowd::on(ClientHost&, const client::IcmpReported&) { referee_.saw("client heard of ICMP"); }

void Crowd::on(ClientHost& host, const client::Failed& output) {
  const bool gone =
      output.request.method == stun::Method::allocate || output.request.method == stun::Method::refresh;
  referee_.saw(gone ? "client lost its allocation" : "client was refused");
  if (gone) forget(host);
}

void Crowd::on(ClientHost& host, const client::TimedOut& output) {
  referee_.saw(output.unverified ? "no verified answer" : "no answer");
  if (output.request.method == stun::Method::allocate) forget(host);
}

void Crowd::on(ClientHost& host, const client::StreamBroken&) {
  referee_.violation(fmt::format("the server's stream to client {} is out of frame", host.id));
}

}  // namespace turnpike::sim
