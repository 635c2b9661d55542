// A worker beside the kernel engine: what it asks of the network, and that it waits for no answer.
#include <gtest/gtest.h>

#include <mutex>

#include "shell/support.hpp"
#include "turnpike/worker/worker.hpp"

namespace turnpike::worker {
namespace {

using shell::becomes_true;
using shell::RunningServer;

constexpr Duration kPatience = std::chrono::seconds(10);

// Takes questions and gives no answer until it is told to.
class SilentNetwork {
 public:
  void ask(std::vector<kernel::HopQuestion> questions,
           std::function<void(std::vector<kernel::HopAnswer>)> answer) {
    EXPECT_LE(questions.size(), kernel::OpenQuestions::kMax);
    const std::lock_guard lock(mutex_);
    asked_ += questions.size();
    for (const auto& each : questions) open_.push_back({each, std::nullopt, std::nullopt});
    answer_ = std::move(answer);
  }
  std::size_t asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void answer_all() {
    const std::lock_guard lock(mutex_);
    answer_(std::exchange(open_, {}));
  }

 private:
  std::mutex mutex_;
  std::size_t asked_ = 0;
  std::vector<kernel::HopAnswer> open_;
  std::function<void(std::vector<kernel::HopAnswer>)> answer_;
};

TEST(WorkerKernel, relays_by_its_sockets_while_the_network_does_not_answer) {
  constexpr std::size_t kChannels = kernel::OpenQuestions::kMax + 6;
  SilentNetwork network;
  kernel::FacingRoutes facing;
  RunningServer server(shell::loopback_config(), {}, [&](Worker& worker) {
    worker.use_kernel(
        {.flows = std::make_unique<kernel::FlowTable>(kernel::FlowMaps{}, 0, 0),
         .facing = facing,
         .tell = [](const kernel::ChannelKey&) {},
         .doubt = [](std::uint32_t) {},
         .ask = [&](auto questions, auto answer) { network.ask(std::move(questions), std::move(answer)); }});
  });
  shell::TestClient client = server.connect(Transport::udp);
  shell::UdpPort peer;
  const Endpoint relay = client.allocate();
  for (std::size_t i = 0; i < kChannels; ++i)
    client.bind(peer.local().with_port(static_cast<std::uint16_t>(peer.local().port - i)));
  EXPECT_TRUE(becomes_true([&] { return network.asked() > 0; }, kPatience));
  client.send(peer.local(), "to the peer");
  EXPECT_EQ(peer.receive().value().text, "to the peer");
  peer.send("to the client", relay);
  EXPECT_EQ(client.data_from(peer.local()), "to the client");

  network.answer_all();
  EXPECT_TRUE(becomes_true([&] { return network.asked() >= kChannels; }, kPatience));
}

}  // namespace
}  // namespace turnpike::worker
