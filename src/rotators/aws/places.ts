import { endpointOf } from '../../core/rotators/endpoint.ts'
import type { Settings } from '../../core/rotators/settings.ts'

/** Where a service answers, and the region that signatures to it name. */
export interface Place {
  readonly url: URL
  readonly region: string
}

export interface Places {
  readonly iam: Place
  readonly sts: Place
}

/** IAM is in one place for a whole partition, STS in every region (docs.aws.amazon.com/general/latest/gr/iam-service.html,
 *  …/sts.html). Without a region it is the commercial partition. */
export const placesIn = (settings: Settings): Places => {
  const region = settings.text('region') ?? 'us-east-1'
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw settings.wrong('region', 'is not a region', 'such as eu-central-1')
  if (region.startsWith('us-iso'))
    throw settings.wrong('region', 'is of a partition whose addresses are not known here')
  const { home, iam, tail } = partitionOf(region)
  const place = (usual: string, at: string): Place => ({ url: endpointOf(settings, usual), region: at })
  return { iam: place(`https://${iam}/`, home), sts: place(`https://sts.${region}.${tail}/`, region) }
}

const partitionOf = (region: string): { readonly home: string; readonly iam: string; readonly tail: string } => {
  if (region.startsWith('cn-'))
    return { home: 'cn-north-1', iam: 'iam.cn-north-1.amazonaws.com.cn', tail: 'amazonaws.com.cn' }
  if (region.startsWith('us-gov-'))
    return { home: 'us-gov-west-1', iam: 'iam.us-gov.amazonaws.com', tail: 'amazonaws.com' }
  return { home: 'us-east-1', iam: 'iam.amazonaws.com', tail: 'amazonaws.com' }
}
