// Entries of the journal: what they have, and what becomes of them when the journal comes and goes.
#include "turnpike/log/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "temporary_folder.hpp"

namespace turnpike::log {
namespace {

// Stands in for journald.
class Journald {
 public:
  explicit Journald(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Journald() { ::close(fd_); }

  std::string next() const {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

Output::Sent send(Journal& journal, std::string_view text) { return journal.write_some(text, {}); }

TEST(Journal, an_entry_has_message_priority_and_a_field_for_each_of_the_event) {
  const Field fields[] = {{"allocation", std::string("0000000000000001")},
                          {"user", std::string("al\nice \xff")},
                          {"relayed", std::vector<std::string>{"192.0.2.1:5", "[::1]:6"}},
                          {"lifetime_s", std::int64_t{600}}};
  EXPECT_EQ(journal_entry(kind_of(Event::allocation_started), fields, "the message"),
            "MESSAGE=the message\nPRIORITY=6\nSYSLOG_IDENTIFIER=turnpike\nTURNPIKE_EVENT=allocation_started\n"
            "TURNPIKE_ALLOCATION=0000000000000001\nTURNPIKE_USER=al\\x0aice \\xff\n"
            "TURNPIKE_RELAYED=192.0.2.1:5,[::1]:6\nTURNPIKE_LIFETIME_S=600\n");
}

TEST(Journal, levels_are_the_priorities_of_syslog) {
  const std::pair<Event, const char*> table[] = {{Event::request_challenged, "\nPRIORITY=7\n"},
                                                 {Event::started, "\nPRIORITY=6\n"},
                                                 {Event::passwords_guessed, "\nPRIORITY=4\n"},
                                                 {Event::aborted, "\nPRIORITY=3\n"}};
  for (const auto& [event, line] : table)
    EXPECT_NE(journal_entry(kind_of(event), {}, "").find(line), std::string::npos) << line;
}

TEST(Journal, a_text_is_one_entry) {
  const TemporaryFolder folder;
  const std::string path = folder.path("socket");
  const Journald journald(path);
  Journal journal(path);
  std::string_view text = "MESSAGE=1\n";
  EXPECT_EQ(journal.write_some(text, {}), Output::Sent::some);
  EXPECT_EQ(text, "");
  EXPECT_EQ(send(journal, "MESSAGE=2\n"), Output::Sent::some);
  EXPECT_EQ(journald.next(), "MESSAGE=1\n");
  EXPECT_EQ(journald.next(), "MESSAGE=2\n");
}

TEST(Journal, one_that_is_started_anew_is_found_again) {
  const TemporaryFolder folder;
  const std::string path = folder.path("socket");
  auto journald = std::make_unique<Journald>(path);
  Journal journal(path);
  EXPECT_EQ(send(journal, "MESSAGE=1\n"), Output::Sent::some);
  journald.reset();
  EXPECT_EQ(send(journal, "MESSAGE=lost\n"), Output::Sent::failed);
  std::filesystem::remove(path);
  journald = std::make_unique<Journald>(path);
  EXPECT_EQ(send(journal, "MESSAGE=2\n"), Output::Sent::some);
  EXPECT_EQ(journald->next(), "MESSAGE=2\n");
}

TEST(Journal, one_that_does_not_read_is_not_ready) {
  const TemporaryFolder folder;
  const std::string path = folder.path("socket");
  const Journald journald(path);
  Journal journal(path);
  auto sent = Output::Sent::some;
  for (int i = 0; i < 10'000 && sent == Output::Sent::some; ++i) sent = send(journal, "MESSAGE=more\n");
  EXPECT_EQ(sent, Output::Sent::not_ready);
  EXPECT_EQ(journald.next(), "MESSAGE=more\n");
}

TEST(Journal, a_stream_is_the_descriptors_device_and_inode) {
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "");
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  const int fd = ::open(file.c_str(), O_RDONLY);
  EXPECT_TRUE(is_journal_stream(fmt::format("{}:{}", status.st_dev, status.st_ino), fd));
  for (const std::string& stream :
       {std::string(), std::string("1:2"), fmt::format("{}:{}", status.st_dev, status.st_ino + 1)})
    EXPECT_FALSE(is_journal_stream(stream, fd)) << stream;
  ::close(fd);
  EXPECT_FALSE(is_journal_stream("0:0", -1));
}

}  // namespace
}  // namespace turnpike::log
