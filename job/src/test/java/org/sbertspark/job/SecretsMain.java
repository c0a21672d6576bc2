package org.sbertspark.job;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.Golden;
import org.sbertspark.model.hub.FakeHub;

/** Commands that are given secrets, in a process whose whole output can be looked at. */
final class SecretsMain {
  static final String TOKEN = "hf_nobodysbusiness";
  static final String PASSWORD = "hunter2";

  private SecretsMain() {}

  /** Wants a folder with texts.jsonl. */
  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    try (FakeHub hub = new FakeHub().folder(Golden.read("mpnet-mean-normalize").folder())) {
      run(hub, folder, "hf", embed(folder, "org/tiny", "out"));
      List<String> resumable = embed(folder, "org/tiny", "resumable");
      resumable.addAll(List.of("--checkpoint", folder.resolve("checkpoint").toString()));
      run(hub, folder, "hf", resumable);
      run(hub, folder, "hf", List.of("model", "info", "org/tiny", "--verbose"));
      run(hub, folder, "hf404", embed(folder, "org/none", "none"));
      for (int status : new int[] {401, 403}) {
        hub.refusing(status);
        run(hub, folder, "hf" + status, embed(folder, "org/tiny", "none"));
      }
      System.out.println(
          "token arrived: "
              + hub.seen().stream().anyMatch(seen -> seen.authorization().contains(TOKEN)));
    }
    SparkSession.active().stop();
  }

  private static List<String> embed(Path folder, String model, String output) {
    return new ArrayList<>(
        List.of(
            "embed",
            "--verbose",
            "--model",
            model,
            "--input",
            folder.resolve("texts.jsonl").toString(),
            "--output",
            folder.resolve(output).toString(),
            "--read-option",
            "fs.s3a.secret.key=" + PASSWORD,
            "--read-option",
            "nullValue=secret"));
  }

  private static void run(FakeHub hub, Path folder, String cache, List<String> words) {
    int code =
        Main.run(
            words.toArray(String[]::new),
            Optional.empty(),
            Map.of(
                "HF_ENDPOINT",
                hub.endpoint().toString(),
                "HF_HOME",
                folder.resolve(cache).toString(),
                "HF_TOKEN",
                TOKEN),
            new PrintWriter(System.out, true),
            new PrintWriter(System.err, true));
    System.out.println(cache + " ended with " + code);
  }
}
