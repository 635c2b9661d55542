// PROXY headers by table: what is accepted, for whom, what is refused, and how far a header reaches.
#include "turnpike/net/proxy_protocol.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "vectors.hpp"

namespace turnpike::net {
namespace {

using namespace std::string_literals;

const ProxiedEnds kEnds = {*ClientEndpoint::parse("192.0.2.1:56324"),
                           *ServerEndpoint::parse("198.51.100.7:3478")};
const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string v2(std::uint8_t command, std::uint8_t family, const std::string& body) {
  return kSignature +
         std::string{static_cast<char>(command), static_cast<char>(family),
                     static_cast<char>(body.size() >> 8), static_cast<char>(body.size())} +
         body;
}

std::string vector(const char* name) { return std::string(as_text(test::load_vector(name).bytes)); }

const std::string kBlock4 = "\xC0\x00\x02\x01\xC6\x33\x64\x07\xDC\x04\x0D\x96"s;

struct Outcome {
  bool accepted;
  std::optional<ProxiedEnds> ends;
  std::size_t left;  // bytes behind the header
};

// Fed through a socket, so that the reader takes it in its own steps.
Outcome read(const std::string& sent) {
  std::array<int, 2> pair{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  EXPECT_EQ(::send(pair[0], sent.data(), sent.size(), 0), static_cast<ssize_t>(sent.size()));
  ::close(pair[0]);
  ProxyHeaderReader reader;
  const auto header = reader.read(pair[1]);
  std::array<char, 256> rest{};
  const auto left = ::recv(pair[1], rest.data(), rest.size(), MSG_DONTWAIT);
  ::close(pair[1]);
  const bool whole = header && *header;
  return {whole, whole ? (*header)->ends : std::nullopt,
          static_cast<std::size_t>(std::max<ssize_t>(left, 0))};
}

TEST(ProxyProtocol, headers_say_who_the_client_is_PP_03_PP_06_PP_08_PP_09) {
  struct Case {
    const char* name;
    std::string header;
    std::optional<ProxiedEnds> ends;
  };
  const ProxiedEnds v6 = {*ClientEndpoint::parse("[2001:db8::1]:56324"),
                          *ServerEndpoint::parse("[2001:db8::7]:3478")};
  const Case cases[] = {
      {"v2, TCP over IPv4", vector("derived-proxy-v2-tcp4"), kEnds},
      {"v2, with a checksum", vector("derived-proxy-v2-tcp4-crc32c"), kEnds},
      {"v2, UDP over IPv6", vector("derived-proxy-v2-udp6"), v6},
      {"LOCAL, PP-06", vector("derived-proxy-v2-local"), {}},
      {"LOCAL with a block, PP-06", v2(0x20, 0x11, kBlock4), {}},
      {"UNSPEC, PP-06", v2(0x21, 0x00, "anything"), {}},
      {"UNIX", v2(0x21, 0x31, std::string(216, 'x')), {}},
      {"an extension of an unknown kind, PP-08", v2(0x21, 0x11, kBlock4 + "\xE0\x00\x02hi"s), kEnds},
      {"an extension without a value, PP-08", v2(0x21, 0x11, kBlock4 + "\xE0\x00\x00"s), kEnds},
      {"the longest", v2(0x21, 0x11, kBlock4 + "\x04\xFF\xF0"s + std::string(0xFFF0, 'x')), kEnds},
      {"v1, IPv4", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 3478\r\n", kEnds},
      {"v1, IPv6", "PROXY TCP6 2001:db8::1 2001:db8::7 56324 3478\r\n", v6},
      {"v1, port 0", "PROXY TCP4 192.0.2.1 198.51.100.7 0 3478\r\n",
       ProxiedEnds{{kEnds.client.address, 0}, kEnds.server}},
      {"UNKNOWN, PP-09", "PROXY UNKNOWN\r\n", {}},
      {"UNKNOWN and more, PP-09", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", {}},
      {"107 bytes, PP-09", "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", {}},
  };
  for (const auto& [name, header, ends] : cases) {
    for (const std::size_t more : {0U, 1U, 20U}) {
      const Outcome outcome = read(header + std::string(more, '\x16'));
      EXPECT_TRUE(outcome.accepted) << name;
      EXPECT_EQ(outcome.ends, ends) << name;
      EXPECT_EQ(outcome.left, more) << name;
    }
  }
}

TEST(ProxyProtocol, what_is_no_header_is_refused_PP_03_PP_04_PP_05_PP_08_PP_09_PP_12) {
  std::string flipped = vector("derived-proxy-v2-tcp4-crc32c");
  flipped[17] = static_cast<char>(flipped[17] ^ 1);
  const std::pair<const char*, std::string> cases[] = {
      {"a Binding request, PP-12", "\x00\x01\x00\x00\x21\x12\xA4\x42"s + std::string(12, 'x')},
      {"TLS, PP-12", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC"s},
      {"another signature, PP-03", "\r\n\r\n\0\r\nQUIX\n\x21\x11\x00\x0C"s + kBlock4},
      {"version 1 in binary, PP-03", v2(0x11, 0x11, kBlock4)},
      {"another command, PP-03", v2(0x22, 0x11, kBlock4)},
      {"family 4, PP-04", v2(0x21, 0x41, kBlock4)},
      {"protocol 3, PP-04", v2(0x21, 0x13, kBlock4)},
      {"of LOCAL too, PP-04", v2(0x20, 0x13, kBlock4)},
      {"a block that is too short, PP-05", v2(0x21, 0x11, kBlock4.substr(0, 11))},
      {"IPv6 in the block of IPv4, PP-05", v2(0x21, 0x21, kBlock4)},
      {"a wrong checksum, PP-08", flipped},
      {"a checksum of 3 bytes, PP-08", v2(0x21, 0x11, kBlock4 + "\x03\x00\x03xyz"s)},
      {"half an extension, PP-08", v2(0x21, 0x11, kBlock4 + "\xE0\x00"s)},
      {"a lying extension, PP-08", v2(0x21, 0x11, kBlock4 + "\xE0\x00\x05hi"s)},
      {"no end in 107 bytes, PP-09", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"},
      {"no CR, PP-09", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 3478\n" + std::string(80, 'x')},
      {"a leading zero in a port, PP-09", "PROXY TCP4 192.0.2.1 198.51.100.7 056324 3478\r\n"},
      {"a leading zero in an address, PP-09", "PROXY TCP4 192.0.02.1 198.51.100.7 56324 3478\r\n"},
      {"a port beyond 65535, PP-09", "PROXY TCP4 192.0.2.1 198.51.100.7 65536 3478\r\n"},
      {"a signed port, PP-09", "PROXY TCP4 192.0.2.1 198.51.100.7 +1 3478\r\n"},
      {"another family, PP-09", "PROXY TCP4 2001:db8::1 2001:db8::7 56324 3478\r\n"},
      {"mixed families, PP-09", "PROXY TCP6 2001:db8::1 198.51.100.7 56324 3478\r\n"},
      {"UDP4, PP-09", "PROXY UDP4 192.0.2.1 198.51.100.7 56324 3478\r\n"},
      {"two spaces, PP-09", "PROXY TCP4  192.0.2.1 198.51.100.7 56324 3478\r\n"},
      {"a space at the end, PP-09", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 3478 \r\n"},
      {"one word less, PP-09", "PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n"},
      {"in small letters, PP-09", "proxy TCP4 192.0.2.1 198.51.100.7 56324 3478\r\n"},
      {"it ends too early, PP-02", vector("derived-proxy-v2-tcp4").substr(0, 20)},
      {"nothing", ""},
  };
  for (const auto& [name, sent] : cases) EXPECT_FALSE(read(sent).accepted) << name;
}

TEST(ProxyProtocol, a_header_may_come_byte_by_byte_PP_02) {
  for (const std::string& header :
       {vector("derived-proxy-v2-tcp4-crc32c"), "PROXY TCP4 192.0.2.1 198.51.100.7 56324 3478\r\n"s}) {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
    ProxyHeaderReader reader;
    for (std::size_t i = 0; i < header.size(); ++i) {
      ASSERT_EQ(reader.read(pair[1]).value(), std::nullopt) << i;
      ASSERT_EQ(::send(pair[0], &header[i], 1, 0), 1);
    }
    EXPECT_EQ(reader.read(pair[1]).value(), ProxyHeader{kEnds});
    ::close(pair[0]);
    ::close(pair[1]);
  }
}

TEST(ProxyProtocol, what_is_written_is_read_as_it_was_meant) {
  const ProxiedEnds v6{*ClientEndpoint::parse("[2001:db8::1]:56324"),
                       *ServerEndpoint::parse("[2001:db8::2]:443")};
  const ProxiedEnds mixed{kEnds.client, v6.server};
  for (const std::optional<ProxiedEnds>& ends :
       {std::optional(kEnds), std::optional(v6), std::optional(mixed), std::optional<ProxiedEnds>()}) {
    const auto header = make_proxy_header({ends});
    EXPECT_EQ(proxy_header_wants(header).value(), 0U);
    EXPECT_EQ(parse_proxy_header(header).value().ends, ends);
  }
  EXPECT_EQ(as_text(make_proxy_header({kEnds})), v2(0x21, 0x11, kBlock4));
  EXPECT_EQ(as_text(make_proxy_header({})), v2(0x20, 0x00, ""));
}

}  // namespace
}  // namespace turnpike::net
