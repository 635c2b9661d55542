#include "turnpike/net/frame_filter.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::net {
namespace {

// Offsets from the UDP header, where a filter of a UDP socket begins to read.
constexpr std::uint32_t kPayload = 8;
constexpr std::uint32_t kLengthField = kPayload + 2;  // of STUN and ChannelData alike
constexpr std::uint32_t kStunHeaders = kPayload + 20;
constexpr std::uint32_t kChannelHeaders = kPayload + 4;
constexpr std::uint32_t kStunLast = 0x03;  // the largest first byte (RFC 8656 12)
constexpr std::uint32_t kChannelFirst = 0x40;
constexpr std::uint32_t kChannelLast = 0x7F;  // with the channel numbers of RFC 5766
constexpr std::uint32_t kAll = 0xFFFFFFFF;

constexpr sock_filter statement(int code, std::uint32_t operand) {
  return {static_cast<std::uint16_t>(code), 0, 0, operand};
}
// Passes over so many of the next statements.
constexpr sock_filter jump(int code, std::uint32_t operand, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | code), if_true, if_false, operand};
}

constexpr std::array kProgram{
    statement(BPF_LD | BPF_B | BPF_ABS, kPayload),      // 0, reads beyond the end drop
    jump(BPF_JGT, kStunLast, 2, 0),                     // 1, to 4
    statement(BPF_LD | BPF_IMM, kStunHeaders),          // 2
    jump(BPF_JA, 3, 0, 0),                              // 3, to 7
    jump(BPF_JGE, kChannelFirst, 0, 9),                 // 4, else to 14
    jump(BPF_JGT, kChannelLast, 8, 0),                  // 5, to 14
    statement(BPF_LD | BPF_IMM, kChannelHeaders),       // 6
    statement(BPF_MISC | BPF_TAX, 0),                   // 7
    statement(BPF_LD | BPF_H | BPF_ABS, kLengthField),  // 8
    statement(BPF_ALU | BPF_ADD | BPF_X, 0),            // 9
    statement(BPF_MISC | BPF_TAX, 0),                   // 10
    statement(BPF_LD | BPF_W | BPF_LEN, 0),             // 11, with the UDP header
    sock_filter{BPF_JMP | BPF_JGE | BPF_X, 0, 1, 0},    // 12
    statement(BPF_RET | BPF_K, kAll),                   // 13
    statement(BPF_RET | BPF_K, 0),                      // 14
};

}  // namespace

boost::system::error_code drop_all_but_frames(int fd) {
  auto program = kProgram;
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) return last_error();
  return {};
}

}  // namespace turnpike::net
