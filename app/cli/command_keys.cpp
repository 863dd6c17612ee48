// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/contracts/gated_delta_net_fp32.h"
#include "core/report/jsonwriter.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace ckptscope::cli {

namespace {

namespace contract = gated_delta_net_fp32;

void say(Session& session, std::string_view key)
{
    const bool tracked = contract::is_gated_delta_net_fp32_param_key(key);
    const std::string stripped = contract::strip_fp32_holder_key(key);
    const std::string routed = contract::route_fp32_holder_key(key);
    // JSON Lines with and without --json: keys may hold anything, and only JSON says all of it.
    report::JsonWriter json(session.out());
    json.open('{').key("key").text(key).key("is_fp32_param").boolean(tracked).key("stripped").text(stripped).key("routed");
    if (routed == key) {
        json.null();
    } else {
        json.text(routed);
    }
    json.key("forced_mapping");
    if (tracked) {
        json.text("F32");
    } else {
        json.null();
    }
    json.closeNamed().finish();
}

int run(Session& session)
{
    std::string pending; // a key that goes on in the next piece
    char piece[64 * 1024];
    while (true) {
        pollfd waiting{STDIN_FILENO, POLLIN, 0}; // signals are blocked, see signals.h: reading alone would not wake up
        while (::poll(&waiting, 1, 100) == 0 && !session.stop.stop_requested()) { }
        if (session.stop.stop_requested()) {
            return session.fails("ckptscope.keys/1", fail(Code::Cancelled));
        }
        const ssize_t got = ::read(STDIN_FILENO, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            session.error(std::string("standard input cannot be read: ") + std::strerror(errno));
            return CouldNot;
        }
        if (got == 0) {
            break;
        }
        std::string_view rest(piece, static_cast<std::size_t>(got));
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            pending += rest.substr(0, end);
            say(session, pending);
            pending.clear();
            rest.remove_prefix(end + 1);
        }
        pending += rest;
    }
    if (!pending.empty()) {
        say(session, pending);
    }
    return Fine;
}

} // namespace

void addKeys(CLI::App& app, Session& session)
{
    CLI::App* command = app.add_subcommand("keys", "Read tensor names from standard input and say what the fp32 contract says of each");
    command->footer(
        "Every line up to its \\n is a key, byte for byte.\n\nExample:\n  printf 'model.layers.0.linear_attn.A_log\\n' | ckptscope keys\n");
    command->callback([&session] { session.command = [&session] { return run(session); }; });
}

} // namespace ckptscope::cli
