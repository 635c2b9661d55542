// A connection as the worker uses it, over TCP and over TLS.
#include "turnpike/net/stream.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "frame_helpers.hpp"
#include "heap_counter.hpp"
#include "tcp_helpers.hpp"
#include "tls_helpers.hpp"

namespace turnpike::net {
namespace {

// As a path does it: up to two reads, and all frames.
StreamState read_frames(Stream& stream, FrameRecorder& recorder) {
  bool good = true;
  bool open = true;
  for (int i = 0; i < 2 && good && open; ++i) {
    open = stream.receive(SIZE_MAX).state == StreamState::open;
    good = recorder.take(stream);
    if (!stream.may_have_more()) break;
  }
  recorder.release(stream);
  return good && open ? StreamState::open : StreamState::closed;
}

// A client of either kind, and the stream that serves it.
class Streams : public testing::TestWithParam<Transport> {
 protected:
  void SetUp() override { open({}); }

  void open(const StreamOptions& options, int client_receive_buffer_bytes = 0) {
    stream_.reset();
    tls_client_.reset();
    Connection connection = connect_pair(client_receive_buffer_bytes);
    client_ = std::move(connection.client);
    std::shared_ptr<const TlsContext> context;
    if (GetParam() == Transport::tls) {
      context = std::make_shared<TlsContext>(Certificates::get().ec());
      tls_client_ = std::make_unique<TlsClient>(client_.get());
    }
    stream_.emplace(std::move(connection.server), memory_, options, context);
    for (int turn = 0;
         tls_client_ && turn < 20 && !(tls_client_->handshake_done() && stream_->handshake_done()); ++turn) {
      ASSERT_TRUE(tls_client_->handshake());
      ASSERT_EQ(read(), StreamState::open);
    }
    ASSERT_TRUE(stream_->handshake_done());
  }

  StreamState read() { return read_frames(*stream_, recorder_); }

  // The stream reads whenever the client has sent more than the sockets hold.
  void client_sends(Bytes bytes) {
    while (!bytes.empty()) {
      const std::size_t sent = client_writes(bytes.first(std::min<std::size_t>(bytes.size(), 16384)));
      bytes = bytes.subspan(sent);
      if (sent == 0) {
        ASSERT_EQ(read(), StreamState::open);
      }
    }
  }

  // Reads until nothing more comes.
  StreamState server_reads() {
    StreamState state = StreamState::open;
    while (state == StreamState::open && readable(stream_->fd(), 20)) state = read();
    return state;
  }

  // What has arrived at the client; false at the end of the connection.
  bool client_reads(std::vector<std::uint8_t>& out) {
    if (tls_client_) return tls_client_->read(out);
    std::array<std::uint8_t, 65536> buffer;
    ssize_t count;
    while ((count = ::recv(client_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
      out.insert(out.end(), buffer.begin(), buffer.begin() + count);
    }
    return count < 0 && errno == EAGAIN;
  }

  std::size_t client_writes(Bytes bytes) {
    if (tls_client_) return tls_client_->write(bytes) ? bytes.size() : 0;
    return static_cast<std::size_t>(
        std::max<ssize_t>(0, ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT)));
  }

  StreamMemory memory_;
  FrameRecorder recorder_;
  FileDescriptor client_;
  std::unique_ptr<TlsClient> tls_client_;
  std::optional<Stream> stream_;
};

INSTANTIATE_TEST_SUITE_P(Over, Streams, testing::Values(Transport::tcp, Transport::tls),
                         [](const auto& transport) { return std::string(to_string(transport.param)); });

TEST_P(Streams, knows_who_is_connected_to_what) {
  EXPECT_EQ(stream_->transport(), GetParam());
  EXPECT_EQ(stream_->client().plain(), local_endpoint(client_.get()));
  EXPECT_EQ(stream_->server().plain(), peer_endpoint(client_.get()));
}

TEST_P(Streams, frames_arrive_coalesced_or_byte_by_byte_FRM_06_FRM_07_TCPC_10) {
  const std::vector<Frame> sent = {stun_message(8), channel_data(0x4000, 5), stun_message(0),
                                   channel_data(0x4001, 0)};
  client_sends(on_the_wire(sent));
  EXPECT_EQ(server_reads(), StreamState::open);
  EXPECT_EQ(recorder_.frames, sent);
  recorder_.frames.clear();
  for (const std::uint8_t byte : on_the_wire(sent)) {
    client_sends({&byte, 1});
    ASSERT_TRUE(readable(stream_->fd()));
    ASSERT_EQ(read(), StreamState::open);
  }
  EXPECT_EQ(recorder_.frames, sent);
}

TEST_P(Streams, what_follows_the_end_of_a_divided_frame_is_read_with_it) {
  const std::vector<Frame> sent = {channel_data(0x4000, 1000), stun_message(8), channel_data(0x4001, 5)};
  const auto wire = on_the_wire(sent);
  client_sends(Bytes(wire).first(500));
  ASSERT_EQ(server_reads(), StreamState::open);
  client_sends(Bytes(wire).subspan(500));
  ASSERT_TRUE(readable(stream_->fd()));
  ASSERT_EQ(read(), StreamState::open);
  EXPECT_EQ(recorder_.frames, sent) << "TLS has it all in its buffer, where the poller does not see it";
}

TEST_P(Streams, a_flood_of_frames_arrives_whole_and_in_order) {
  std::vector<Frame> sent;
  for (std::size_t i = 0; i < 3000; ++i)
    sent.push_back(channel_data(static_cast<std::uint16_t>(0x4000 + i), i * 37 % 1500));
  sent.push_back(channel_data(0x4FFF, 65535));
  client_sends(on_the_wire(sent));
  EXPECT_EQ(server_reads(), StreamState::open);
  EXPECT_EQ(recorder_.frames, sent);
  EXPECT_EQ(recorder_.frames_changed, 0);
}

TEST_P(Streams, what_is_no_frame_or_too_long_closes_FRM_08_FRM_09) {
  for (const char* text : {"\x80\x80\x80\x80", "GET / HTTP/1.1\r\n\r\n"}) {
    open({});
    stream_->set_frame_limit(2048);
    client_sends(as_bytes(text));
    EXPECT_EQ(server_reads(), StreamState::closed);
  }
  EXPECT_TRUE(recorder_.frames.empty());
}

TEST_P(Streams, frames_that_are_not_taken_wait_and_nothing_is_read_meanwhile) {
  recorder_.frames_max = 2;
  const std::vector<Frame> sent = {stun_message(0), stun_message(4), stun_message(8), stun_message(12)};
  client_sends(on_the_wire({sent[0], sent[1], sent[2]}));
  ASSERT_TRUE(readable(stream_->fd()));
  ASSERT_EQ(read(), StreamState::open);
  EXPECT_TRUE(stream_->has_unseen());
  client_sends(on_the_wire({sent[3]}));
  ASSERT_TRUE(readable(stream_->fd()));
  EXPECT_EQ(stream_->receive(SIZE_MAX).bytes, 0U);
  recorder_.frames_max = SIZE_MAX;
  ASSERT_EQ(server_reads(), StreamState::open);
  EXPECT_EQ(recorder_.frames, sent);
  EXPECT_FALSE(stream_->has_unseen());
}

TEST_P(Streams, a_read_takes_no_more_than_it_may_and_says_what_the_poller_cannot_see) {
  const std::vector<Frame> sent(10, stun_message(80));
  client_sends(on_the_wire(sent));
  ASSERT_TRUE(readable(stream_->fd()));
  for (std::size_t total = 0; total < 1000;) {
    const std::size_t bytes = stream_->receive(250).bytes;
    ASSERT_GT(bytes, 0U);
    EXPECT_LE(bytes, 250U);
    total += bytes;
    EXPECT_TRUE(recorder_.take(*stream_));
    recorder_.release(*stream_);
    EXPECT_EQ(stream_->has_unseen(), GetParam() == Transport::tls && total < 1000) << total;
  }
  EXPECT_EQ(recorder_.frames, sent);
}

TEST_P(Streams, a_client_that_stops_sending_has_closed_TCPC_03_TCPC_04) {
  client_sends(on_the_wire({stun_message(0)}));
  ASSERT_EQ(::shutdown(client_.get(), SHUT_WR), 0);
  EXPECT_EQ(server_reads(), StreamState::closed);
  EXPECT_EQ(recorder_.frames.size(), 1U);
}

TEST_P(Streams, what_is_queued_leaves_with_the_next_flush) {
  EXPECT_TRUE(stream_->queue_control(stun_message(4)));
  EXPECT_TRUE(stream_->queue_data({{}, channel_data(0x4000, 8), {}}));
  std::vector<std::uint8_t> received;
  EXPECT_TRUE(client_reads(received));
  EXPECT_TRUE(received.empty());
  EXPECT_EQ(stream_->flush(), StreamState::open);
  EXPECT_FALSE(stream_->wants_write());
  ASSERT_TRUE(readable(client_.get()));
  EXPECT_TRUE(client_reads(received));
  EXPECT_EQ(received, on_the_wire({stun_message(4), channel_data(0x4000, 8)}));
}

TEST_P(Streams, a_client_that_does_not_read_loses_whole_frames_of_data_and_no_responses_TCPC_06_TCPC_07) {
  open({.queued_bytes_max = 100000}, 4096);
  std::vector<Frame> kept;
  std::size_t dropped = 0;
  for (int i = 0; i < 20000; ++i) {
    Frame frame = channel_data(static_cast<std::uint16_t>(0x4000 + i % 4096), 1000);
    if (stream_->queue_data({{}, frame, {}})) {
      kept.push_back(std::move(frame));
    } else {
      ++dropped;
    }
    if (i % 20 == 0) {
      ASSERT_EQ(stream_->flush(), StreamState::open);
    }
  }
  EXPECT_GT(dropped, 0U);
  EXPECT_LE(stream_->queued_bytes(), 100000U);
  EXPECT_EQ(stream_->interest(), (Interest{.readable = true, .writable = true}));

  while (stream_->queue_control(stun_message(4))) kept.push_back(stun_message(4));
  EXPECT_GT(stream_->queued_bytes(), 160000U) << "responses have room of their own";
  EXPECT_LE(stream_->queued_bytes(), 100000U + 65536U);

  std::vector<std::uint8_t> received;
  for (int turn = 0; turn < 100000 && stream_->wants_write(); ++turn) {
    ASSERT_TRUE(client_reads(received));
    ASSERT_EQ(stream_->flush(), StreamState::open);
  }
  while (readable(client_.get(), 50)) ASSERT_TRUE(client_reads(received));
  EXPECT_EQ(received, on_the_wire(kept)) << "never a part of a frame";
}

TEST_P(Streams, a_client_that_is_gone_is_noticed_and_kills_nobody) {
  if (GetParam() == Transport::tcp) std::signal(SIGPIPE, SIG_DFL);  // OpenSSL needs it ignored, TCP does not
  client_.reset();
  StreamState state = StreamState::open;
  for (int turn = 0; turn < 50 && state == StreamState::open; ++turn) {
    (void)stream_->queue_data({{}, channel_data(0x4000, 1000), {}});
    state = stream_->flush();
  }
  EXPECT_EQ(state, StreamState::closed);
  EXPECT_EQ(read(), StreamState::closed);
}

TEST_P(Streams, writes_what_is_queued_and_says_goodbye_at_its_end) {
  EXPECT_TRUE(stream_->queue_control(stun_message(4)));
  stream_.reset();
  ASSERT_TRUE(readable(client_.get()));
  std::vector<std::uint8_t> received;
  EXPECT_FALSE(client_reads(received));
  EXPECT_EQ(received, stun_message(4));
  EXPECT_TRUE(!tls_client_ || tls_client_->closed_politely());
}

TEST(Stream, frames_in_and_out_take_nothing_from_the_heap) {
  // TCP only: OpenSSL's own buffers are not of operator new anyway.
  Connection connection = connect_pair();
  StreamMemory memory;
  Stream stream(std::move(connection.server), memory, {});
  int frames = 0;
  const Frame frame = channel_data(0x4000, 1200);
  std::array<std::uint8_t, 4096> received;
  const auto round = [&] {
    ASSERT_EQ(::send(connection.client.get(), frame.data(), frame.size(), MSG_NOSIGNAL), std::ssize(frame));
    ASSERT_TRUE(readable(stream.fd()));
    ASSERT_EQ(stream.receive(SIZE_MAX).state, StreamState::open);
    for (auto next = stream.front(); *next; next = stream.front(), ++frames) {
      ASSERT_TRUE(stream.queue_data({{}, **next, {}}));
      stream.pop();
    }
    stream.release();
    ASSERT_EQ(stream.flush(), StreamState::open);
    ASSERT_EQ(::recv(connection.client.get(), received.data(), received.size(), 0), std::ssize(frame));
  };
  round();
  const auto before = test::heap_uses();
  for (int i = 0; i < 100; ++i) round();
  EXPECT_EQ(test::heap_uses(), before);
  EXPECT_EQ(frames, 101);
}

TEST(Stream, a_connection_outlives_the_certificate_it_was_made_with_TLS_13) {
  StreamMemory memory;
  FrameRecorder recorder;
  Connection connection = connect_pair();
  TlsClient client(connection.client.get());
  Stream stream(std::move(connection.server), memory, {},
                std::make_shared<TlsContext>(Certificates::get().rsa()));
  for (int turn = 0; turn < 20 && !client.handshake_done(); ++turn) {
    ASSERT_TRUE(client.handshake());
    ASSERT_EQ(read_frames(stream, recorder), StreamState::open);
  }
  ASSERT_TRUE(client.write(stun_message(0)));
  ASSERT_TRUE(readable(stream.fd()));
  EXPECT_EQ(read_frames(stream, recorder), StreamState::open);
  EXPECT_EQ(recorder.frames, std::vector<Frame>{stun_message(0)});
}

}  // namespace
}  // namespace turnpike::net
