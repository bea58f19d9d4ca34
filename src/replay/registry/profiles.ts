// Measured profiles of the Pollux and Sia workloads: byte for byte the same files in both repositories.

import { type Dataset, listFiles } from "./dataset.js";

/** The files that run times are computed from, below a folder. */
export function profilesBelow(folder: string): NonNullable<Dataset["side"]> {
  const files = listFiles(folder, PROFILES);
  const side = (pattern: RegExp) => files.filter((file) => pattern.test(file.path));
  return { placements: side(/placements/), scalability: side(/scalability/), validations: side(/validation/) };
}

const PROFILES = `
    982811b611bc8447a078289939a2ccafc1f76c06e1e8ebcc4f4866a8e8fcdc0f bert/placements.csv
    d3fac874d45f501b8126cd1a5238f9f53eec4a1ac17cc1a5133f1a17fc891943 bert/scalability.csv
    15e8df62086ac566259601e30b23502fc265de4b529be53c7bbd088181127469 bert/validation-12.csv
    1570e36c3dd6fdc2a9dfc44194f21d8e875ac6838d9fa0909e4470b165cc305f bert/validation-192.csv
    87beb34e1f4d1540e70c4ca35540e8b32a76cd9824af759b8704f4c0333461c9 bert/validation-24.csv
    1d2305fb7fa10e52df6509110f3e9d84a369125fd9fdbef1d4ef9217fbc14594 bert/validation-384.csv
    0c647322cdbb0ed25975b903f1161e5dec1b17a6658b38c551e9ff81c543a1bc bert/validation-48.csv
    a6f2f1e37f2b6817385635ab309bf151223ee8ba1fc0e847514f9eed6f0ae666 bert/validation-96.csv
    e77d1d8781e2e48c3952580bdf705f3be4f27cbbdcd0a2087eb152224a271b6b cifar10/placements.csv
    d4bd0dd8ab0df8ce76bbd788b210637dd204937cd4a18f112577f2a812634152 cifar10/scalability.csv
    65ca500dbb2dad19d655dc3ebf37c4433bb3c64dc12df04cf695f82e626e9fb3 cifar10/validation-1024.csv
    3e44736464924617d8d90f30c1e356d3dd384075a76f8755e2b10a86935b94f4 cifar10/validation-128.csv
    d661d023fe48a926a3b16c8a4822e44e0a6686671ec87944cbe99ac6d56e495a cifar10/validation-2048.csv
    3108d4af00743ec9355816d22d4c55c22ed115736b4bffd140626da90975c26d cifar10/validation-256.csv
    ef38514818005468c6fbfb14378bc63798b5fe5b978386f5cbd549c14c0318df cifar10/validation-4096.csv
    912a21991c9d9a3fc3c1fb56db7042b61a6ce43c4d8bf01e8dbe87f3298408dc cifar10/validation-512.csv
    0908c53bfc20123ad60ad6c4984cfcdf53a623773f4e44e9f01d58305e5379b7 deepspeech2/placements.csv
    d49ed2ecb5f3b3f1204ef2200eb8a0f36e373830ae54833e2318085f7d237316 deepspeech2/scalability.csv
    0b0fb04b5902b3f86e39ac61ee3c20014c627b2903d51add69a791d56dd1d295 deepspeech2/validation-160.csv
    d0443954cf20c15453ce308637ab10b8a618e741b35de49e0cd94f9510cf7235 deepspeech2/validation-20.csv
    27b366d74f1ded22a1c8b92e8e706dd6e450d38e02df31eb64c2a31ead80218b deepspeech2/validation-320.csv
    6e99c6d45d3ccd649de5e95a4f6354863a233ee0f4ee957464e13ff83ae9ef73 deepspeech2/validation-40.csv
    f9d5c82ea5c9ce2805f31731c030b48addf4fdb4fa8c53da5071bc51ac500273 deepspeech2/validation-640.csv
    f70e1e0afd4d5941cf0693bfe97a7144534665d45287a2553e59e7c26d6a199f deepspeech2/validation-80.csv
    ac3d88937f40680c367ec83c7610eda088b8d60806e15cf3a4699fa1d15cb1e8 imagenet/placements.csv
    ca4970f3461c816237daaa4f37635cf07e78ee7a78df87788543b6e7b094e681 imagenet/scalability.csv
    a5c85cf1b036da68742d34ea094884ea2d0c6007b1c64b8593a380a31a7c09e0 imagenet/validation-12800.csv
    60f4fbfa9547101d6c2825a335444f1ad7bb1dea5fde1ccfdbd480e16cc2b5f5 imagenet/validation-1600.csv
    99359b5af430cf196b55c40c0c5578fca5d5d1acae4cd025a9f9731f97411eb6 imagenet/validation-200.csv
    17a818be4b5edf0116c9d2c184dcd32959fc545ef9fbd0cf7cc4ea1584fb25fa imagenet/validation-3200.csv
    bbb41eff31eff5882bda761e5f221e6a74d46325eccda0594ab125a60d422a47 imagenet/validation-400.csv
    d143c22f513df9cfd67f1b9390312f3fdb444517f979cd39ca7998b11897bb07 imagenet/validation-6400.csv
    c5ab8a1797d45d7910ba4d47fa7c8753ddd3a06337f57f0c0cc04943b11d786e imagenet/validation-800.csv
    012f861bd2acc57f5f7d09c7878082905ba0150660b9f5aeae9291d025527874 ncf/placements.csv
    2c773498098fbaedbbb90d21b1b765876896b7ec0a37b543bbdcbf0ef7f066a4 ncf/scalability.csv
    ca09ed956b3d18301c5c41d45f16bb252f5a901362bf8864083c33641e521576 ncf/validation-1024.csv
    2935f9fd96a2eae03956630e285871301dfffbe1aa2ba714a0f0b996f30c6a93 ncf/validation-16384.csv
    981525ec55b4e75e1d147a3905df775d7ca19a727667adb8f0734faf04e9b260 ncf/validation-2048.csv
    871f600508647b03faff1a0c7d3c244bacf614ec38ddea978270080e3bc3e677 ncf/validation-256.csv
    0adc7d68f257cabb455ece1801293595f83c9e82182b7ca1eb8879082a5bacb5 ncf/validation-32768.csv
    5bef39a3f41e9989fa216ed3cc6d4aab91b807e6a4615ee08ee0fdce93820207 ncf/validation-4096.csv
    736cf15f524872b9888602fcd8caa45491e6ecdc1cf44d1043e5ccf965d3f1e6 ncf/validation-512.csv
    452f1aca238528cae73da4c256c1e0531feea2576d82688b101bbc13117e422d ncf/validation-8192.csv
    6ffceb8996e3fd57e47e550fdffc21eec7d7e34de1d806d8b3568734eaec0013 yolov3/placements.csv
    feb460a4afaa48073fbd3387b7aa610b414166b0e68ff66d4374a73ed4b930bc yolov3/scalability.csv
    fc191f65adc5f766ceefcdc915b8a56fb236be98053d94dd55b0b4d4ae356ba0 yolov3/validation-128.csv
    f3bde37fff505ffa0c27af97945fdc853df0ab83e458c432d9b2ed3239475c18 yolov3/validation-16.csv
    1c3d0ce8f98a541d7ca7fea90907b36615289271e124b97890dd5697feeae66c yolov3/validation-256.csv
    036c637a7ead92774bfcfcc58f7331b194a3d324a5383c3cb40a3097b6183013 yolov3/validation-32.csv
    3f5f626de33f5de5e503fe8b1a2c3d85e47e30507e2b22a5abd69fbdf00e3b9a yolov3/validation-512.csv
    89186e4d07fa08cd3b6ab0c04dcad12ef686da6419c9f72f5fdf67eb5e7df5b9 yolov3/validation-64.csv
    6ff47809c183dd819dd3f306f36ec61e8b038a5c0a1b7de1b9b348573f6ce3eb yolov3/validation-8.csv`;
