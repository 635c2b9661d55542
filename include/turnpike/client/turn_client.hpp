// A STUN and TURN client without I/O: bytes and a time go in, outputs come out (RFC 8489, RFC 8656).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/client/agenda.hpp"
#include "turnpike/client/long_term_auth.hpp"
#include "turnpike/client/output.hpp"
#include "turnpike/client/request.hpp"
#include "turnpike/client/transaction.hpp"

namespace turnpike::client {

struct ClientOptions {
  std::string username = {};
  std::string password = {};
  Transport transport = Transport::udp;
  bool legacy_auth = false;  // MD5 and SHA-1 only, as a client of RFC 5389
  AllocateOptions allocate = {};
};

// Of send(): what fits the DATA attribute of the largest STUN message.
inline constexpr std::size_t kPayloadMax = 65'500;

// One client on one 5-tuple. After each call drain() the outputs and ask next_deadline(). Retransmissions,
// challenges and renewals (allocation, permissions, channels) happen by themselves, and renewals are reported
// like the first time. Whom another server is to serve (Failed::redirection) begins there as a new client.
// A copy is a second client in the same state. `random` (transaction ids) outlives the
// client.
class TurnClient {
 public:
  TurnClient(ClientOptions options, Random& random);

  void binding(TimePoint now);
  void allocate(TimePoint now);
  // 1 to kPeersMax peers; permissions are by address, ports do not matter.
  void create_permission(std::vector<Endpoint> peers, TimePoint now);
  // The channel's number, the same for the same peer; nothing when all numbers are used up. Usable once
  // ChannelBound is out.
  std::optional<std::uint16_t> bind_channel(const Endpoint& peer, TimePoint now);
  // 0 ends the allocation and whatever else is on its way for it.
  void refresh(std::uint32_t lifetime_s, TimePoint now);
  // As ChannelData where a channel is bound, else as a Send indication. At most kPayloadMax bytes.
  void send(const Endpoint& peer, Bytes payload);

  // One datagram, or any piece of a stream. What is not for this client is ignored.
  void on_receive(Bytes bytes, TimePoint now);
  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  // Takes the outputs since the last call, oldest first.
  std::vector<Output> drain();

 private:
  struct Channel {
    Endpoint peer;
    bool bound = false;  // until the response is here the server may use the channel, but not this client
  };

  void start(Request request, int challenges, TimePoint now);
  void on_message(Bytes bytes, TimePoint now);
  void on_channel_data(Bytes bytes);
  void on_response(const stun::MessageView& response, TimePoint now);
  void on_success(const Request& request, const stun::MessageView& response, TimePoint now);
  void on_error(const Transaction& transaction, const stun::MessageView& response);
  // Retries after a 401 or 438, or fails.
  void on_challenge(const Transaction& transaction, const stun::MessageView& response, int code,
                    TimePoint now);
  void on_unverified(std::vector<Transaction>::iterator transaction);
  void fail(Output failure, const Request& request);
  // What is to be done again after `done` has succeeded.
  void plan_renewal(const Request& request, const Output& done, TimePoint now);
  void forget_allocation();
  std::vector<Transaction>::iterator find_transaction(const stun::MessageView& response);
  Request renewing_refresh() const;
  stun::TransactionId new_id();

  ClientOptions options_;
  Random* random_;
  LongTermAuth auth_;
  std::vector<Transaction> transactions_;  // few: searched in order
  Agenda agenda_;
  std::map<std::uint16_t, Channel> channels_;
  std::map<Endpoint, std::uint16_t> channel_of_peer_;
  std::uint16_t
      next_channel_;  // numbers are not used twice, for a server may hold them for minutes (RFC 8656 12)
  std::vector<std::uint8_t> received_;  // of the stream, the beginning of a message
  bool stream_broken_ = false;
  std::vector<Output> outputs_;
};

}  // namespace turnpike::client
