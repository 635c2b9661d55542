// The loop of a run: what is due is sent, what has come is entered, then a wait for either.
#include "load/traffic.hpp"

#include <algorithm>
#include <optional>

#include "load/clock.hpp"
#include "load/datagrams.hpp"
#include "load/pacer.hpp"
#include "load/readiness.hpp"
#include "turnpike/base/add_up.hpp"

namespace turnpike::bench {
namespace {

constexpr std::int64_t kGiveUpNs =
    200'000'000;  // closed loop: a frame that has not arrived by then never will
constexpr std::int64_t kDrainNs = 300'000'000;  // after the last frame
constexpr std::int64_t kLateNs = 1'000'000;
constexpr std::int64_t kHousekeepingNs = 20'000'000;
constexpr std::size_t kCatchUpMax =
    1024;  // frames in one turn, so that what arrives is not left waiting for ever
constexpr std::size_t kFloodFrames = 7;                       // in one write: 64 KiB of the usual ones
constexpr std::uint64_t kPeerToken = std::uint64_t{1} << 32;  // above the tokens of clients

class Run {
 public:
  Run(Fleet& fleet, const TrafficOptions& options, Progress& progress)
      : fleet_(fleet), options_(options), progress_(progress), batch_(options.segment) {
    crypto::OpenSslRandom random;
    run_ = random.u32();
    for (std::size_t i = 0; i < fleet.clients().size(); ++i) readiness_.add(fleet.clients()[i]->fd(), i);
    for (std::size_t i = 0; i < fleet.squads().size(); ++i) {
      if (fleet.squads()[i].peer_fd) readiness_.add(fleet.squads()[i].peer_fd.get(), kPeerToken + i);
      for (std::uint32_t flow = 0; flow < fleet.squads()[i].part.clients; ++flow) squad_of_.push_back(i);
    }
  }

  TrafficResult go() {
    const std::int64_t start = realtime_ns();
    const std::int64_t window = start + options_.warm_up.count();
    const std::int64_t end = window + options_.measured.count();
    begin(start);
    turn_until(window, start, end);

    const Usage before = read_usage(options_.processes);
    const std::int64_t measured_from = realtime_ns();
    measuring_ = true;
    turn_until(end, start, end);
    measuring_ = false;
    result_.used = read_usage(options_.processes) - before;
    result_.seconds = static_cast<double>(realtime_ns() - measured_from) * 1e-9;

    sending_ = false;
    const std::int64_t drained = realtime_ns() + kDrainNs;
    turn_until(drained, start, drained);
    for (const Flow& flow : fleet_.flows()) add_up(result_.totals, flow.book.totals());
    result_.totals.corrupt += corrupt_;
    result_.totals.refused = batch_.refused();
    return result_;
  }

 private:
  void begin(std::int64_t start) {
    for (const Squad& squad : fleet_.squads()) {
      const Part& part = squad.part;
      if (part.pace == Pace::open) {
        pacers_.emplace_back(Pacer(part.clients, part.frames_per_s, part.in_phase, start));
        continue;
      }
      pacers_.emplace_back(std::nullopt);
      flood_ |= part.pace == Pace::flood;
      for (std::uint32_t i = 0; i < part.clients; ++i) send_frame(squad.flow_first + i);
    }
    batch_.flush();
  }

  void turn_until(std::int64_t until, std::int64_t start, std::int64_t end) {
    for (std::int64_t now = realtime_ns(); now < until; now = realtime_ns()) {
      if (sending_) send_due(now);
      flush_streams();
      const bool taken = flood_ && sending_ && blocked_.size() < fleet_.flows().size();
      for (const std::uint64_t token :
           readiness_.wait(taken ? Duration{} : Duration(next_time(until) - realtime_ns())))
        receive(token);
      if (now >= housekeeping_) {
        housekeeping_ = now + kHousekeepingNs;
        if (sending_) give_up(now);
        progress_.show(sending_ ? "" : "waiting for the last",
                       static_cast<double>(now - start) / static_cast<double>(end - start));
      }
    }
  }

  std::int64_t next_time(std::int64_t until) const {
    std::int64_t next = std::min(until, housekeeping_);
    for (const auto& pacer : pacers_) {
      if (sending_ && pacer) next = std::min(next, pacer->due_ns());
    }
    return blocked_.empty() ? next : std::min(next, realtime_ns() + 1'000'000);
  }

  void send_due(std::int64_t now) {
    if (flood_) send_flood();
    for (std::size_t i = 0; i < pacers_.size(); ++i) {
      if (!pacers_[i]) continue;
      for (std::size_t sent = 0; sent < kCatchUpMax && pacers_[i]->due_ns() <= now; ++sent) {
        if (measuring_ && now - pacers_[i]->due_ns() > kLateNs) ++result_.late_frames;
        send_frame(fleet_.squads()[i].flow_first + pacers_[i]->take());
      }
    }
    batch_.flush();
  }

  // Frames of each connection that has taken its last ones.
  void send_flood() {
    for (const Squad& squad : fleet_.squads()) {
      if (squad.part.pace != Pace::flood) continue;
      for (std::uint32_t i = squad.flow_first; i < squad.flow_first + squad.part.clients; ++i) {
        if (fleet_.flows()[i].client->stream()->unsent()) continue;
        for (std::size_t sent = 0; sent < kFloodFrames; ++sent) send_frame(i);
      }
    }
  }

  void send_frame(std::uint32_t index) {
    Flow& flow = fleet_.flows()[index];
    const Squad& squad = fleet_.squads()[squad_of_[index]];
    const Part& part = squad.part;
    const bool from_peer = part.direction == Direction::to_client;
    StreamLink* const stream = from_peer ? nullptr : flow.client->stream();
    if (stream != nullptr && !stream->unsent()) blocked_.push_back(stream);
    flow.frame_sent_ns = realtime_ns();
    flow.frame_first = flow.book.totals().sent;
    flow.outstanding = part.frame_packets;
    for (std::uint32_t i = 0; i < part.frame_packets; ++i) {
      const Stamp stamp{run_, index, flow.book.send(), flow.frame_sent_ns};
      if (stream != nullptr) {
        stream->queue_stamped(flow.prefix, stamp, part.payload_bytes);
      } else if (from_peer) {
        batch_.push_stamped(squad.peer_fd.get(), {}, stamp, part.payload_bytes, &flow.relayed);
      } else {
        batch_.push_stamped(flow.client->fd(), flow.prefix, stamp, part.payload_bytes, nullptr);
      }
    }
  }

  void flush_streams() {
    std::erase_if(blocked_, [](StreamLink* stream) { return stream->flush(); });
  }

  void receive(std::uint64_t token) {
    if (token >= kPeerToken) return receive_at_peer(fleet_.squads()[token - kPeerToken]);
    Client& client = *fleet_.clients()[token];
    if (client.stream() != nullptr) {
      const std::int64_t now = realtime_ns();
      const bool open = client.stream()->read([&](Bytes frame) { enter_at_client(client, frame, now); });
      if (!open) readiness_.remove(client.fd());  // its packets count as lost
    } else {
      for (const Arrived& arrived : buffers_.receive(client.fd()))
        enter_at_client(client, arrived.bytes, arrived.at_ns);
    }
    batch_.flush();
  }

  void receive_at_peer(const Squad& squad) {
    const bool echo = squad.part.direction == Direction::echo;
    for (const Arrived& arrived : buffers_.receive(squad.peer_fd.get())) {
      if (echo) {
        count_relayed(1, arrived.bytes.size());
        batch_.push(squad.peer_fd.get(), arrived.bytes, arrived.from);
      } else {
        enter(arrived.bytes, arrived.at_ns);
      }
    }
    batch_.flush();
  }

  void enter_at_client(const Client& client, Bytes received, std::int64_t now) {
    if (const auto payload = client.payload_of(received)) enter(*payload, now);
  }

  void enter(Bytes payload, std::int64_t at_ns) {
    const auto stamp = read_stamp(payload);
    if (!stamp || stamp->run != run_ || stamp->flow >= fleet_.flows().size()) {
      ++corrupt_;
      return;
    }
    Flow& flow = fleet_.flows()[stamp->flow];
    const Squad& squad = fleet_.squads()[squad_of_[stamp->flow]];
    const Part& part = squad.part;
    const bool unseen_before = part.direction == Direction::pair || !squad.peer_fd;
    count_relayed(unseen_before ? 2 : 1, payload.size());
    if (!flow.book.receive(stamp->sequence)) return;
    if (measuring_) result_.latency.record(at_ns - stamp->sent_ns);
    if (stamp->sequence < flow.frame_first || --flow.outstanding > 0) return;
    if (part.pace == Pace::closed && sending_) send_frame(stamp->flow);
  }

  void count_relayed(std::uint64_t packets, std::size_t bytes) {
    if (!measuring_) return;
    result_.relayed += packets;
    result_.relayed_bytes += packets * bytes;
  }

  void give_up(std::int64_t now) {
    for (std::uint32_t i = 0; i < fleet_.flows().size(); ++i) {
      const Flow& flow = fleet_.flows()[i];
      const bool closed = fleet_.squads()[squad_of_[i]].part.pace == Pace::closed;
      if (closed && flow.outstanding > 0 && now - flow.frame_sent_ns > kGiveUpNs) send_frame(i);
    }
    batch_.flush();
  }

  Fleet& fleet_;
  const TrafficOptions& options_;
  Progress& progress_;
  Readiness readiness_;
  SendBatch batch_;
  ReceiveBuffers buffers_;
  std::vector<std::optional<Pacer>> pacers_;  // of each squad; none in closed loop
  std::vector<std::size_t> squad_of_;         // of each flow
  std::vector<StreamLink*> blocked_;          // with bytes that wait to be written
  std::uint32_t run_ = 0;
  std::uint64_t corrupt_ = 0;
  std::int64_t housekeeping_ = 0;
  bool flood_ = false;
  bool measuring_ = false;
  bool sending_ = true;
  TrafficResult result_;
};

}  // namespace

TrafficResult run_traffic(Fleet& fleet, const TrafficOptions& options, Progress& progress) {
  return Run(fleet, options, progress).go();
}

}  // namespace turnpike::bench
