// The client against answers made by hand: authentication, retransmission, renewal, data.
#include "turnpike/client/turn_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "server_answers.hpp"
#include "turnpike/stun/channel_data.hpp"

namespace turnpike::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using stun::Attr;
using stun::ErrorCode;
using stun::Method;
using test::Buffer;

const Endpoint kPeer = *Endpoint::parse("203.0.113.5:7000");
const Endpoint kRelayed = *Endpoint::parse("192.0.2.15:50000");
const Endpoint kMapped = *Endpoint::parse("198.51.100.7:4000");
const Allocated kAllocated{{kRelayed}, kMapped, 600, std::nullopt};
const Buffer kPayload{1, 2, 3, 4, 5};

class Client : public testing::Test {
 protected:
  void reset(ClientOptions options) { client_ = TurnClient(std::move(options), random_); }

  // The outputs since the last call, which must be one message to transmit and nothing else.
  Buffer sent() {
    const auto outputs = client_.drain();
    EXPECT_EQ(outputs.size(), 1U);
    const auto* transmit = outputs.empty() ? nullptr : std::get_if<Transmit>(&outputs.front());
    EXPECT_NE(transmit, nullptr);
    return transmit ? transmit->bytes : Buffer(stun::kHeaderSize);
  }

  void receive(const Buffer& bytes) { client_.on_receive(bytes, now_); }

  void wait(Duration duration) {
    now_ += duration;
    client_.on_deadline(now_);
  }

  // Through the challenge of a server that speaks MD5 and SHA-1 only.
  void allocate() {
    client_.allocate(now_);
    receive(test::challenge(sent(), ErrorCode::unauthenticated, test::kPlainNonce));
    receive(test::success(sent(), test::md5_key(), test::fill_allocated));
    EXPECT_EQ(client_.drain(), std::vector<Output>{kAllocated});
  }

  std::uint16_t bind_channel() {
    const auto number = client_.bind_channel(kPeer, now_);
    receive(test::success(sent(), test::md5_key()));
    EXPECT_EQ(client_.drain(), (std::vector<Output>{ChannelBound{kPeer, *number}}));
    return *number;
  }

  SeededRandom random_{1};
  TimePoint now_{seconds(1000)};
  TurnClient client_{{.username = "user", .password = "pass"}, random_};
};

class StreamClient : public Client {
 protected:
  StreamClient() { reset({.username = "user", .password = "pass", .transport = Transport::tcp}); }
};

TEST_F(Client, binding_needs_no_credentials_and_tells_the_mapped_address) {
  allocate();
  client_.binding(now_);
  const Buffer request = sent();
  EXPECT_FALSE(test::view(request).has_integrity());
  receive(test::answer(request, stun::Class::success,
                       [](auto& m) { m.add_xor_address(Attr::xor_mapped_address, kMapped); }));
  EXPECT_EQ(client_.drain(), std::vector<Output>{MappedAddress{kMapped}});
}

TEST_F(Client, a_challenge_is_answered_with_credentials_in_a_new_transaction) {
  client_.allocate(now_);
  const Buffer first = sent();
  EXPECT_FALSE(test::view(first).has_integrity());
  EXPECT_FALSE(test::view(first).has(Attr::username));
  receive(test::challenge(first, ErrorCode::unauthenticated, test::kSha256Nonce, test::kBoth));
  const Buffer second = sent();
  EXPECT_NE(test::view(second).transaction_id(), test::view(first).transaction_id());
  EXPECT_TRUE(stun::verify_sha256(test::view(second), test::sha256_key().view()));
  receive(test::success(second, test::sha256_key(), test::fill_allocated));
  EXPECT_EQ(client_.drain(), std::vector<Output>{kAllocated});
}

TEST_F(Client, later_requests_are_signed_at_once) {
  allocate();
  client_.create_permission({kPeer}, now_);
  EXPECT_TRUE(stun::verify_sha1(test::view(sent()), test::md5_key().view()));
}

Buffer redirection(Bytes request, const std::optional<stun::Key>& key) {
  return test::answer(request, stun::Class::error, [&](stun::MessageBuilder& message) {
    message.add_error(ErrorCode::try_alternate, "there").add_address(Attr::alternate_server, kPeer);
    if (!key) return;
    test::view(request).integrity_sha256_at() != 0 ? message.add_integrity_sha256(key->view())
                                                   : message.add_integrity_sha1(key->view());
  });
}

TEST_F(Client, a_300_that_is_signed_says_where_to_ask_ALT_01) {
  const Failed sent_away{{.method = Method::allocate}, 300, "there", Redirection{{kPeer}, ""}};
  for (const bool sha256 : {false, true}) {
    reset({.username = "user", .password = "pass"});
    client_.allocate(now_);
    const Buffer first = sent();
    receive(sha256 ? test::challenge(first, ErrorCode::unauthenticated, test::kSha256Nonce, test::kBoth)
                   : test::challenge(first, ErrorCode::unauthenticated, test::kPlainNonce));
    receive(redirection(sent(), sha256 ? test::sha256_key() : test::md5_key()));
    EXPECT_EQ(client_.drain(), std::vector<Output>{sent_away});
    EXPECT_EQ(client_.next_deadline(), std::nullopt);
  }
}

TEST_F(Client, a_300_that_anybody_could_have_sent_leads_nowhere_ALT_01) {
  client_.allocate(now_);
  receive(redirection(sent(), std::nullopt));
  EXPECT_EQ(client_.drain(), (std::vector<Output>{Failed{{.method = Method::allocate}, 300, "there"}}));

  client_.allocate(now_);
  receive(test::challenge(sent(), ErrorCode::unauthenticated, test::kPlainNonce));
  const Buffer asked = sent();
  receive(redirection(asked, std::nullopt));
  receive(redirection(asked, test::sha256_key()));
  EXPECT_TRUE(client_.drain().empty()) << "somebody else's";
  receive(test::success(asked, test::md5_key(), test::fill_allocated));
  EXPECT_EQ(client_.drain(), std::vector<Output>{kAllocated});
}

TEST_F(Client, a_300_to_anything_but_Allocate_is_a_refusal_ALT_05) {
  allocate();
  client_.create_permission({kPeer}, now_);
  receive(redirection(sent(), test::md5_key()));
  EXPECT_EQ(
      client_.drain(),
      (std::vector<Output>{Failed{{.method = Method::create_permission, .peers = {kPeer}}, 300, "there"}}));
}

TEST_F(Client, a_second_401_with_the_same_realm_is_final) {
  client_.allocate(now_);
  receive(test::challenge(sent(), ErrorCode::unauthenticated, test::kPlainNonce));
  receive(test::challenge(sent(), ErrorCode::unauthenticated, "another-nonce"));
  EXPECT_EQ(client_.drain(), (std::vector<Output>{Failed{{.method = Method::allocate}, 401, ""}}));
  EXPECT_EQ(client_.next_deadline(), std::nullopt);
}

TEST_F(Client, a_401_with_another_realm_is_tried_again) {
  client_.allocate(now_);
  receive(test::challenge(sent(), ErrorCode::unauthenticated, test::kPlainNonce));
  receive(test::challenge(sent(), ErrorCode::unauthenticated, test::kPlainNonce, {}, "elsewhere"));
  EXPECT_EQ(as_text(*test::view(sent()).find(Attr::realm)), "elsewhere");
}

TEST_F(Client, a_stale_nonce_is_replaced_but_not_for_ever) {
  allocate();
  client_.refresh(900, now_);
  for (const char* nonce : {"n1", "n2", "n3", "n4"}) {
    receive(test::challenge(sent(), ErrorCode::stale_nonce, nonce));
    ASSERT_EQ(client_.next_deadline(), now_ + kRto);
  }
  const Buffer last = sent();
  EXPECT_EQ(as_text(*test::view(last).find(Attr::nonce)), "n4");
  receive(test::challenge(last, ErrorCode::stale_nonce, "n5"));
  EXPECT_EQ(client_.drain(),
            (std::vector<Output>{Failed{{.method = Method::refresh, .lifetime_s = 900}, 438, ""}}));
}

TEST_F(Client, a_challenge_stripped_of_its_algorithms_is_not_followed) {
  client_.allocate(now_);
  receive(test::challenge(sent(), ErrorCode::unauthenticated, test::kSha256Nonce));
  EXPECT_EQ(client_.drain(), (std::vector<Output>{Failed{{.method = Method::allocate}, 401, ""}}));
}

TEST_F(Client, a_wrong_or_missing_integrity_is_as_if_nothing_came) {
  allocate();
  client_.create_permission({kPeer}, now_);
  const Buffer request = sent();
  const stun::Key wrong_key = test::sha256_key();
  receive(test::success(request, wrong_key));
  receive(test::answer(request, stun::Class::success, [](auto&) {}));
  receive(
      test::answer(request, stun::Class::error, [](auto& m) { m.add_error(ErrorCode::bad_request, ""); }));
  EXPECT_TRUE(client_.drain().empty());
  receive(test::success(request, test::md5_key()));
  EXPECT_EQ(client_.drain(), (std::vector<Output>{PermissionCreated{{kPeer}}}));
}

TEST_F(Client, when_all_answers_were_unverified_the_timeout_says_so) {
  allocate();
  client_.refresh(900, now_);
  receive(test::success(sent(), test::sha256_key()));
  for (int i = 0; i < 6; ++i) wait(*client_.next_deadline() - now_);
  client_.drain();
  wait(seconds(8));
  EXPECT_EQ(client_.drain(),
            (std::vector<Output>{TimedOut{{.method = Method::refresh, .lifetime_s = 900}, true}}));
}

TEST_F(StreamClient, an_unverified_answer_ends_the_request_on_a_stream) {
  allocate();
  client_.create_permission({kPeer}, now_);
  receive(test::success(sent(), test::sha256_key()));
  EXPECT_EQ(client_.drain(),
            (std::vector<Output>{TimedOut{{.method = Method::create_permission, .peers = {kPeer}}, true}}));
}

TEST_F(Client, repeats_the_same_bytes_until_an_answer_comes) {
  client_.allocate(now_);
  const Buffer first = sent();
  EXPECT_EQ(client_.next_deadline(), now_ + milliseconds(500));
  wait(milliseconds(500));
  EXPECT_EQ(sent(), first);
  wait(milliseconds(1000));
  EXPECT_EQ(sent(), first);
  receive(test::challenge(first, ErrorCode::unauthenticated, test::kPlainNonce));
  EXPECT_NE(sent(), first);
  receive(test::challenge(first, ErrorCode::unauthenticated, test::kPlainNonce));
  EXPECT_TRUE(client_.drain().empty()) << "the repetition's answer belongs to nothing any more";
}

TEST_F(Client, gives_up_on_a_silent_server) {
  client_.binding(now_);
  int transmits = 0;
  std::vector<Output> ends;
  for (int i = 0; i < 10 && client_.next_deadline(); ++i) {
    for (Output& output : client_.drain())
      std::holds_alternative<Transmit>(output) ? void(++transmits) : ends.push_back(std::move(output));
    wait(*client_.next_deadline() - now_);
  }
  for (Output& output : client_.drain()) ends.push_back(std::move(output));
  EXPECT_EQ(transmits, 7);
  EXPECT_EQ(ends, (std::vector<Output>{TimedOut{{.method = Method::binding}, false}}));
}

TEST_F(Client, a_refused_allocate_fails_with_the_code_of_the_server) {
  client_.allocate(now_);
  receive(test::challenge(sent(), ErrorCode::unauthenticated, test::kPlainNonce));
  receive(test::error(sent(), test::md5_key(), ErrorCode::allocation_quota_reached));
  EXPECT_EQ(client_.drain(), (std::vector<Output>{Failed{{.method = Method::allocate}, 486, "no"}}));
}

TEST_F(Client, renews_the_allocation_a_minute_before_its_end) {
  allocate();
  EXPECT_EQ(client_.next_deadline(), now_ + seconds(540));
  wait(seconds(540));
  const Buffer request = sent();
  EXPECT_EQ(test::view(request).method(), Method::refresh);
  EXPECT_FALSE(test::view(request).has(Attr::lifetime));
  receive(test::success(request, test::md5_key(), [](auto& m) { m.add_u32(Attr::lifetime, 100); }));
  EXPECT_EQ(client_.drain(), std::vector<Output>{Refreshed{100}});
  EXPECT_EQ(client_.next_deadline(), now_ + seconds(50)) << "half way through a short lifetime";
}

TEST_F(Client, renews_a_permission_every_240_s) {
  allocate();
  client_.create_permission({kPeer}, now_);
  receive(test::success(sent(), test::md5_key()));
  client_.drain();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(client_.next_deadline(), now_ + seconds(240));
    wait(seconds(240));
    const Buffer request = sent();
    EXPECT_EQ(test::view(request).method(), Method::create_permission);
    receive(test::success(request, test::md5_key()));
    EXPECT_EQ(client_.drain(), (std::vector<Output>{PermissionCreated{{kPeer}}}));
  }
}

TEST_F(Client, renews_a_channel_after_540_s_and_its_permission_after_240_s) {
  allocate();
  const std::uint16_t number = bind_channel();
  std::vector<std::pair<int, Method>> renewals;
  const TimePoint start = now_;
  while (now_ < start + seconds(540)) {
    wait(*client_.next_deadline() - now_);
    for (const Output& output : client_.drain()) {
      const Buffer request = std::get<Transmit>(output).bytes;
      renewals.emplace_back(std::chrono::duration_cast<seconds>(now_ - start).count(),
                            test::view(request).method());
      if (renewals.back().second == Method::channel_bind) {
        EXPECT_EQ(stun::read_channel_number(*test::view(request).find(Attr::channel_number)), number);
      }
      receive(test::success(request, test::md5_key(), [](auto& m) { m.add_u32(Attr::lifetime, 600); }));
    }
    for (const Output& output : client_.drain()) EXPECT_FALSE(std::holds_alternative<Failed>(output));
  }
  std::ranges::sort(renewals);
  EXPECT_EQ(renewals, (std::vector<std::pair<int, Method>>{{240, Method::create_permission},
                                                           {480, Method::create_permission},
                                                           {540, Method::refresh},
                                                           {540, Method::channel_bind}}));
}

TEST_F(Client, sends_by_indication_until_a_channel_is_bound) {
  allocate();
  const auto number = client_.bind_channel(kPeer, now_);
  const Buffer bind = sent();
  client_.send(kPeer, kPayload);
  const Buffer indication = sent();
  EXPECT_EQ(test::view(indication).type(), stun::message_type(Method::send, stun::Class::indication));
  EXPECT_TRUE(std::ranges::equal(*test::view(indication).find(Attr::data), kPayload));
  EXPECT_EQ(stun::read_xor_address(*test::view(indication).find(Attr::xor_peer_address),
                                   test::view(indication).transaction_id()),
            kPeer);
  receive(test::success(bind, test::md5_key()));
  client_.drain();
  client_.send(kPeer, kPayload);
  const Buffer channel_data = sent();
  ASSERT_EQ(channel_data.size(), 9U) << "no padding in a datagram";
  EXPECT_EQ(stun::parse_channel_data(channel_data)->number, number);
  EXPECT_TRUE(std::ranges::equal(stun::parse_channel_data(channel_data)->payload, kPayload));
}

TEST_F(Client, the_largest_payload_fits_an_indication) {
  reset({.allocate = {.dont_fragment = true}});
  client_.send(*Endpoint::parse("[2001:db8::1]:1"), Buffer(kPayloadMax));
  const Buffer indication = sent();
  EXPECT_EQ(test::view(indication).find(Attr::data)->size(), kPayloadMax);
  EXPECT_TRUE(test::view(indication).has(Attr::dont_fragment));
}

TEST_F(StreamClient, channel_data_is_padded_on_a_stream) {
  allocate();
  bind_channel();
  client_.send(kPeer, kPayload);
  EXPECT_EQ(sent().size(), 12U);
}

TEST_F(Client, takes_channel_data_that_overtakes_the_response_but_none_of_an_unknown_channel) {
  allocate();
  const auto number = client_.bind_channel(kPeer, now_);
  sent();
  Buffer bytes(stun::kChannelHeaderSize);
  stun::write_channel_header(bytes, *number, kPayload.size());
  bytes.insert(bytes.end(), kPayload.begin(), kPayload.end());
  receive(bytes);
  EXPECT_EQ(client_.drain(), (std::vector<Output>{Data{kPeer, kPayload, true}}));
  ++bytes[1];
  receive(bytes);
  EXPECT_TRUE(client_.drain().empty());
}

TEST_F(Client, a_peer_keeps_its_channel_number_and_numbers_run_out) {
  EXPECT_EQ(client_.bind_channel(kPeer, now_), client_.bind_channel(kPeer, now_));
  std::uint16_t last = 0;
  for (int port = 1; port < 0x1000; ++port)
    last = client_.bind_channel(kRelayed.with_port(static_cast<std::uint16_t>(port)), now_).value_or(0);
  EXPECT_EQ(last, stun::kChannelMax);
  EXPECT_EQ(client_.bind_channel(kRelayed.with_port(0x1000), now_), std::nullopt);
}

TEST_F(Client, a_refused_channel_is_forgotten) {
  allocate();
  const auto number = client_.bind_channel(kPeer, now_);
  receive(test::error(sent(), test::md5_key(), ErrorCode::forbidden));
  const auto outputs = client_.drain();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(std::get<Failed>(outputs.front()).code, 403);
  EXPECT_NE(client_.bind_channel(kPeer, now_), number);
}

TEST_F(Client, the_end_of_an_allocation_is_the_end_of_its_renewals) {
  for (const bool already_gone : {false, true}) {
    reset({.username = "user", .password = "pass"});
    allocate();
    bind_channel();
    client_.refresh(0, now_);
    const Buffer request = sent();
    receive(already_gone
                ? test::error(request, test::md5_key(), ErrorCode::allocation_mismatch)
                : test::success(request, test::md5_key(), [](auto& m) { m.add_u32(Attr::lifetime, 0); }));
    EXPECT_EQ(client_.drain(), std::vector<Output>{Refreshed{0}}) << "already gone: " << already_gone;
    EXPECT_EQ(client_.next_deadline(), std::nullopt);
  }
}

TEST_F(Client, an_allocation_that_the_server_does_not_know_is_not_renewed_any_more) {
  allocate();
  bind_channel();
  wait(seconds(540));
  for (const Output& output : client_.drain()) {
    receive(test::error(std::get<Transmit>(output).bytes, test::md5_key(), ErrorCode::allocation_mismatch));
  }
  EXPECT_EQ(client_.next_deadline(), std::nullopt);
}

TEST_F(Client, ignores_what_is_not_for_it) {
  client_.allocate(now_);
  const Buffer request = sent();
  Buffer foreign = test::challenge(request, ErrorCode::unauthenticated, test::kPlainNonce);
  foreign[19] ^= 1;  // another transaction id
  Buffer other_method(stun::kHeaderSize);
  stun::MessageBuilder(other_method, Method::refresh, stun::Class::error,
                       test::view(request).transaction_id());
  for (const Buffer& bytes :
       {Buffer{}, Buffer{0}, Buffer(100, 0xFF), Buffer(20, 0x41), foreign, other_method, request})
    receive(bytes);
  EXPECT_TRUE(client_.drain().empty());
  EXPECT_EQ(client_.next_deadline(), now_ + kRto);
}

TEST_F(StreamClient, messages_may_be_cut_anywhere_or_come_together_FRM_06_FRM_07) {
  allocate();
  const std::uint16_t number = bind_channel();
  client_.create_permission({kPeer}, now_);
  Buffer stream(stun::kChannelHeaderSize);
  stun::write_channel_header(stream, number, kPayload.size());
  stream.insert(stream.end(), kPayload.begin(), kPayload.end());
  stream.resize(padded4(stream.size()));
  const Buffer response = test::success(sent(), test::md5_key());
  stream.insert(stream.end(), response.begin(), response.end());
  const std::vector<Output> expected{Data{kPeer, kPayload, true}, PermissionCreated{{kPeer}}};
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    TurnClient copy = client_;
    copy.on_receive(Bytes{stream}.first(cut), now_);
    copy.on_receive(Bytes{stream}.subspan(cut), now_);
    EXPECT_EQ(copy.drain(), expected) << "cut at " << cut;
  }
}

TEST_F(StreamClient, what_is_not_turn_breaks_the_stream_for_good) {
  client_.allocate(now_);
  const Buffer request = sent();
  receive(Buffer(stun::kHeaderSize, 0xFF));
  EXPECT_EQ(client_.drain(), std::vector<Output>{StreamBroken{}});
  receive(test::challenge(request, ErrorCode::unauthenticated, test::kPlainNonce));
  EXPECT_TRUE(client_.drain().empty());
}

}  // namespace
}  // namespace turnpike::client
