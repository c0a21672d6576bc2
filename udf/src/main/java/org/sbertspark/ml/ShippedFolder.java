package org.sbertspark.ml;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.sbertspark.inference.CacheFolder;

/**
 * A folder of the driver's that executors can read.
 *
 * @param zipName the name under which Spark ships its zip; null where executors share the driver's
 *     file system (local mode)
 * @param driverFolder the folder itself
 */
record ShippedFolder(String zipName, String driverFolder) implements Serializable {

  /**
   * Makes the folder readable for every executor.
   *
   * @param name unique for the folder's contents
   */
  static ShippedFolder ship(SparkContext spark, Path folder, String name) throws IOException {
    if (spark.isLocal()) {
      return new ShippedFolder(null, folder.toString());
    }
    // Every executor that starts later fetches it, too: it stays as long as the driver does.
    Path kept = Files.createTempDirectory(CacheFolder.get(), "shipped-");
    kept.toFile().deleteOnExit();
    Path zip = kept.resolve(name + ".zip");
    zip.toFile().deleteOnExit();
    zip(folder, zip);
    spark.addFile(zip.toString());
    return new ShippedFolder(zip.getFileName().toString(), folder.toString());
  }

  private static void zip(Path folder, Path zip) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip));
        Stream<Path> walk = Files.walk(folder)) {
      out.setLevel(Deflater.NO_COMPRESSION); // weights do not shrink
      List<Path> files = walk.filter(Files::isRegularFile).toList();
      for (Path file : files) {
        out.putNextEntry(new ZipEntry(folder.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
  }

  /**
   * The folder on this machine.
   *
   * @param work where it may be unpacked
   */
  Path local(Path work) throws IOException {
    if (zipName == null) {
      return Path.of(driverFolder);
    }
    Path folder = Files.createDirectory(work.resolve("base"));
    try (InputStream in = Files.newInputStream(Path.of(SparkFiles.get(zipName)));
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(zip, file);
      }
    }
    return folder;
  }
}
