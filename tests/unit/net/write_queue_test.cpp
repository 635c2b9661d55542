// Bytes in, the same bytes out.
#include "turnpike/net/write_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "heap_counter.hpp"
#include "turnpike/base/random.hpp"

namespace turnpike::net {
namespace {

std::vector<std::uint8_t> pieces_of(const WriteQueue& queue, std::size_t count_max) {
  std::vector<iovec> pieces(count_max);
  pieces.resize(queue.pieces(pieces));
  std::vector<std::uint8_t> bytes;
  for (const auto& piece : pieces) {
    const auto* begin = static_cast<const std::uint8_t*>(piece.iov_base);
    bytes.insert(bytes.end(), begin, begin + piece.iov_len);
  }
  return bytes;
}

TEST(WriteQueue, gives_back_what_was_appended_in_any_portions) {
  BlockPool pool;
  WriteQueue queue(pool);
  SeededRandom random(3);
  std::vector<std::uint8_t> expected;
  for (int step = 0; step < 2000; ++step) {
    std::vector<std::uint8_t> bytes(random.below(3000));
    random.fill(bytes);
    queue.append(bytes);
    expected.insert(expected.end(), bytes.begin(), bytes.end());
    ASSERT_EQ(queue.size(), expected.size());
    ASSERT_EQ(pieces_of(queue, 1000), expected);
    const auto beginning = pieces_of(queue, 2);
    ASSERT_TRUE(std::ranges::equal(beginning, Bytes(expected).first(beginning.size())));
    ASSERT_TRUE(std::ranges::equal(queue.front(), Bytes(expected).first(queue.front().size())));
    const auto size = static_cast<std::uint32_t>(expected.size());
    const std::uint32_t consumed = step % 100 == 99 ? size : random.below(size + 1);
    queue.consume(consumed);
    expected.erase(expected.begin(), expected.begin() + consumed);
  }
}

TEST(WriteQueue, its_front_grows_and_keeps_its_beginning) {
  BlockPool pool;
  WriteQueue queue(pool);
  queue.append(as_bytes("abc"));
  const auto* begin = queue.front().data();
  queue.append(as_bytes("def"));
  EXPECT_EQ(as_text(queue.front()), "abcdef");
  EXPECT_EQ(queue.front().data(), begin);
  queue.consume(2);
  EXPECT_EQ(as_text(queue.front()), "cdef");
}

TEST(WriteQueue, takes_nothing_from_the_heap_once_the_pool_has_blocks) {
  BlockPool pool;
  WriteQueue queue(pool);
  const std::vector<std::uint8_t> bytes(50000);
  queue.append(bytes);
  queue.consume(bytes.size());
  const auto before = test::heap_uses();
  for (int i = 0; i < 10; ++i) {
    queue.append(bytes);
    queue.consume(bytes.size());
  }
  EXPECT_EQ(test::heap_uses(), before);
}

TEST(BlockPool, keeps_no_more_blocks_than_it_should) {
  BlockPool pool(1);
  BlockPtr first = pool.take();
  BlockPtr second = pool.take();
  pool.give_back(std::move(first));
  pool.give_back(std::move(second));
  const auto before = test::heap_uses();
  first = pool.take();
  EXPECT_EQ(test::heap_uses(), before);
  second = pool.take();
  EXPECT_EQ(test::heap_uses(), before + 1);
}

}  // namespace
}  // namespace turnpike::net
