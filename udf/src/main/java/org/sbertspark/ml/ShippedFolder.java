package org.sbertspark.ml;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;

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
    return new ShippedFolder(addZip(spark, folder, name), folder.toString());
  }

  /**
   * Hands the folder's zip to Spark's file server, unless this application has done so before. It
   * lies in the folder that Spark deletes when the application ends: executors that start later
   * fetch it as well.
   *
   * @return the zip's name
   */
  static synchronized String addZip(SparkContext spark, Path folder, String name)
      throws IOException {
    Path zip = Path.of(SparkFiles.getRootDirectory()).resolve(name + ".zip");
    if (!spark.listFiles().exists(url -> url.endsWith("/" + name + ".zip"))) {
      Path part = Files.createTempFile(zip.getParent(), name, ".part");
      try {
        zip(folder, part);
        Files.move(part, zip, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
      spark.addFile(zip.toString());
    }
    return zip.getFileName().toString();
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
