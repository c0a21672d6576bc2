package org.sbertspark.model.hub;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Fetches for a test: pauses are written down, not made. */
final class HubFetch {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  final List<Duration> pauses = new ArrayList<>();
  final List<String> progress = new ArrayList<>();
  private final HubSettings settings;
  private HubHttp.Timeouts timeouts = HubHttp.Timeouts.DEFAULT;

  HubFetch(HubSettings settings) {
    this.settings = settings;
  }

  static HubFetch of(FakeHub hub, Path cache) {
    return new HubFetch(hub.settings(cache));
  }

  /** Nothing may take longer. */
  HubFetch within(Duration time) {
    timeouts = new HubHttp.Timeouts(time, time, time);
    return this;
  }

  HubSnapshot fetch() {
    return fetch(FakeHub.ID);
  }

  HubSnapshot fetch(HubId id) {
    return HubModels.fetch(
        id,
        settings,
        (file, done, total) -> progress.add(file + " " + done + "/" + total),
        new HubModels.Waiting(timeouts, pauses::add, Clock.fixed(NOW, ZoneOffset.UTC)));
  }
}
