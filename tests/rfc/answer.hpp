// Takes the server's answers apart, and says what holds for every one of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "rfc/messages.hpp"

namespace turnpike::test {

enum class Signed { no, sha1, sha256, wrongly };

inline std::ostream& operator<<(std::ostream& out, Signed how) {
  constexpr std::string_view names[] = {"unsigned", "signed with SHA-1", "signed with SHA-256",
                                        "signed wrongly"};
  return out << names[static_cast<std::size_t>(how)];
}

// What came back, or nothing.
class Answer {
 public:
  static constexpr int kSilence = -1;

  Answer() = default;
  explicit Answer(Buffer bytes) : bytes_(std::move(bytes)) {}

  const Buffer& bytes() const { return bytes_; }
  bool came() const { return !bytes_.empty(); }
  stun::MessageView view() const { return *stun::MessageView::parse(bytes_); }
  bool is_success() const { return came() && view().cls() == stun::Class::success; }
  // 0 for a success, kSilence if nothing came.
  int code() const {
    if (!came()) return kSilence;
    return is_success() ? 0 : find(stun::Attr::error_code, stun::read_error_code).value_or(-2);
  }
  bool has(stun::Attr type) const { return came() && view().has(type); }
  std::string string(stun::Attr type) const {
    return std::string(as_text(view().find(type).value_or(Bytes{})));
  }
  std::optional<std::uint32_t> lifetime_s() const { return find(stun::Attr::lifetime, stun::read_u32); }
  std::optional<Endpoint> mapped() const {
    const auto id = view().transaction_id();
    return find(stun::Attr::xor_mapped_address,
                [&](Bytes value) { return stun::read_xor_address(value, id); });
  }
  std::vector<Endpoint> relays() const {
    std::vector<Endpoint> relays;
    if (!came()) return relays;
    view().for_each([&](const stun::Attribute& attribute) {
      if (attribute.type != stun::Attr::xor_relayed_address) return;
      relays.push_back(stun::read_xor_address(attribute.value, view().transaction_id()).value());
    });
    return relays;
  }
  // The only one.
  Endpoint relay() const { return relays().size() == 1 ? relays().front() : Endpoint{}; }
  std::optional<turn::ReservationToken> token() const {
    return find(stun::Attr::reservation_token, [](Bytes value) {
      turn::ReservationToken token{};
      if (value.size() != token.size()) return std::optional<turn::ReservationToken>();
      std::ranges::copy(value, token.begin());
      return std::optional(token);
    });
  }
  std::vector<unsigned> unknown() const {
    std::vector<unsigned> types;
    const Bytes value = view().find(stun::Attr::unknown_attributes).value_or(Bytes{});
    for (std::size_t i = 0; i + 1 < value.size(); i += 2) types.push_back(load_be16(&value[i]));
    return types;
  }
  // ADDRESS-ERROR-CODE: the family and the code.
  std::optional<std::pair<int, int>> address_error() const {
    const auto value = came() ? view().find(stun::Attr::address_error_code) : std::nullopt;
    if (!value || value->size() < 4) return std::nullopt;
    return std::pair{int{(*value)[0]}, ((*value)[2] & 7) * 100 + (*value)[3]};
  }
  // Every attribute in the order of the message, integrity and FINGERPRINT included.
  std::vector<stun::Attr> types() const {
    std::vector<stun::Attr> types;
    for (std::size_t i = stun::kHeaderSize; i + 4 <= bytes_.size();
         i += 4 + padded4(load_be16(&bytes_[i + 2]))) {
      types.push_back(static_cast<stun::Attr>(load_be16(&bytes_[i])));
    }
    return types;
  }
  Signed how_signed(const stun::Key& key) const {
    const bool sha1 = view().integrity_sha1_at() != 0;
    const bool sha256 = view().integrity_sha256_at() != 0;
    if (!sha1 && !sha256) return Signed::no;
    if ((sha1 && !stun::verify_sha1(view(), key.view())) ||
        (sha256 && !stun::verify_sha256(view(), key.view())))
      return Signed::wrongly;
    return sha256 ? Signed::sha256 : Signed::sha1;
  }

 private:
  template <class Read>
  auto find(stun::Attr type, Read read) const -> decltype(read(Bytes{})) {
    const auto value = came() ? view().find(type) : std::nullopt;
    return value ? read(*value) : std::nullopt;
  }

  Buffer bytes_;
};

// What holds for every answer, whatever the request: MSG-07, MSG-18, MSG-25, MSG-31, INT-14, ERR-01.
inline void expect_well_formed(const Answer& answer, Bytes to) {
  const stun::MessageView asked = *stun::MessageView::parse(to);
  ASSERT_TRUE(stun::MessageView::parse(answer.bytes()).has_value());
  EXPECT_EQ(answer.view().method(), asked.method());
  EXPECT_EQ(answer.view().transaction_id(), asked.transaction_id());
  EXPECT_LE(answer.bytes().size(), 548U);
  EXPECT_EQ(answer.has(stun::Attr::error_code), answer.view().cls() == stun::Class::error);
  EXPECT_EQ(answer.has(stun::Attr::fingerprint), asked.has_fingerprint());
  if (const auto error = answer.view().find(stun::Attr::error_code)) {
    EXPECT_TRUE(stun::read_error_code(*error).has_value());
    EXPECT_EQ(load_be16(error->data()) << 5 | (*error)[2] >> 3, 0) << "reserved bits";
    EXPECT_LT(error->size() - 4, 128U);
  }
  for (std::size_t i = stun::kHeaderSize; i < answer.bytes().size();) {
    const std::size_t size = load_be16(&answer.bytes()[i + 2]);
    for (std::size_t pad = size; pad < padded4(size); ++pad)
      EXPECT_EQ(answer.bytes()[i + 4 + pad], 0) << "padding";
    i += 4 + padded4(size);
  }
  auto types = answer.types();
  if (!types.empty() && types.back() == stun::Attr::fingerprint) types.pop_back();
  const bool is_signed = answer.view().has_integrity();
  if (is_signed && !types.empty()) types.pop_back();
  EXPECT_EQ(std::ranges::count_if(types,
                                  [](stun::Attr type) {
                                    return type == stun::Attr::message_integrity ||
                                           type == stun::Attr::message_integrity_sha256 ||
                                           type == stun::Attr::fingerprint;
                                  }),
            0)
      << "one integrity attribute, at the end";
}

}  // namespace turnpike::test
